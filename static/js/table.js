/* Lists: ticking rows, acting on this page or on all, walking with J and K. */
(function () {
  "use strict";

  function all(selector, root) {
    return Array.prototype.slice.call((root || document).querySelectorAll(selector));
  }

  function isTyping(target) {
    return Boolean(target.closest("input:not([type='checkbox']), select, textarea"));
  }

  /* --- ticking --- */

  function ticks(table) {
    return all("[data-relief-tick]", table);
  }

  function count(table) {
    var boxes = ticks(table);
    var ticked = boxes.filter(function (box) {
      return box.checked;
    });
    boxes.forEach(function (box) {
      box.closest("tr").classList.toggle("is-selected", box.checked);
    });
    var head = table.querySelector("[data-relief-tick-all]");
    if (head) {
      head.checked = boxes.length > 0 && ticked.length === boxes.length;
      head.indeterminate = ticked.length > 0 && ticked.length < boxes.length;
    }
    all("[data-relief-bulk-count]").forEach(function (place) {
      place.textContent = String(ticked.length);
    });
  }

  document.addEventListener("change", function (event) {
    var table = event.target.closest("table");
    if (!table) {
      return;
    }
    if (event.target.matches("[data-relief-tick-all]")) {
      ticks(table).forEach(function (box) {
        box.checked = event.target.checked;
      });
      count(table);
    } else if (event.target.matches("[data-relief-tick]")) {
      count(table);
    }
  });

  /* --- walking --- */

  function rows() {
    return all("[data-relief-rows] tbody tr");
  }

  var active = null;

  function activeRow() {
    return document.contains(active) ? active : null;
  }

  function walk(step) {
    var list = rows();
    if (!list.length) {
      return;
    }
    var now = list.indexOf(activeRow());
    var next = now < 0 ? 0 : Math.min(list.length - 1, Math.max(0, now + step));
    if (now >= 0) {
      list[now].classList.remove("is-active");
    }
    active = list[next];
    active.classList.add("is-active");
    active.scrollIntoView({ block: "nearest" });
    var link = active.querySelector("a");
    if (link) {
      link.focus({ preventScroll: true });
    }
  }

  function tickRow() {
    var row = activeRow();
    var box = row && row.querySelector("[data-relief-tick]");
    if (box) {
      box.checked = !box.checked;
      count(box.closest("table"));
    }
  }

  function keysAreOff() {
    try {
      return window.localStorage.getItem("relief-keys-off") === "yes";
    } catch (error) {
      return false;
    }
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
      return;
    }
    if (isTyping(event.target) || keysAreOff()) {
      return;
    }
    var key = event.key.toLowerCase();
    if (key === "j" || key === "k") {
      event.preventDefault();
      walk(key === "j" ? 1 : -1);
    } else if (key === "x") {
      tickRow();
    }
  });

  function countAll() {
    all("table").forEach(function (table) {
      if (table.querySelector("[data-relief-tick]")) {
        count(table);
      }
    });
  }

  /* Two bars stood on the page for a moment, and a group of radios keeps one choice: maybe none. */
  function keepScope() {
    all("[data-relief-bulk]").forEach(function (bar) {
      var scopes = all("[data-relief-bulk-scope]", bar);
      if (scopes.length && !scopes.some(function (scope) { return scope.checked; })) {
        scopes[0].checked = true;
      }
    });
  }

  document.addEventListener("htmx:afterSwap", keepScope);
  document.addEventListener("htmx:afterSwap", countAll);
  countAll();
})();
