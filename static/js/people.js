/* The list of people: a whole number that was typed into the filter goes the way of numbers, by
   post, and never into the address. Without a script the browser itself refuses to send it. */
(function () {
  "use strict";

  var WHOLE = /\d(?:[\s-]*\d){5,}/;
  var keyword = document.querySelector("[data-relief-keyword]");
  var find = document.querySelector("[data-relief-find]");
  if (!keyword || !find) {
    return;
  }

  function isWhole() {
    return WHOLE.test(keyword.value.normalize("NFKC"));
  }

  document.addEventListener("htmx:beforeRequest", function (event) {
    if (event.target === keyword.form && isWhole()) {
      event.preventDefault();
    }
  });

  keyword.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.isComposing || !isWhole()) {
      return;
    }
    event.preventDefault();
    find.querySelector("[data-relief-number]").value = keyword.value;
    keyword.value = "";
    find.requestSubmit();
  });
})();
