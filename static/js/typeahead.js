/* Turns [data-relief-typeahead] selects into search boxes and gives [data-relief-suggest] inputs
   their suggestions. The list comes from the server (components/typeahead_options.html). */
(function () {
  "use strict";

  var WAIT = 200;
  var serial = 0;

  function build(box, url, input, choose) {
    var list = document.createElement("ul");
    var timer = null;
    var asked = 0;
    var shown = "";
    serial += 1;
    list.id = "typeahead-" + serial;
    list.className = "typeahead-list";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "候选");
    box.appendChild(list);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("autocomplete", "off");

    function options() {
      return Array.prototype.slice.call(list.querySelectorAll("[data-value]"));
    }

    function active() {
      return list.querySelector("[aria-selected='true']");
    }

    function close() {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function mark(option) {
      var old = active();
      if (old) {
        old.setAttribute("aria-selected", "false");
      }
      if (option) {
        option.setAttribute("aria-selected", "true");
        input.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      }
    }

    function show(html, text) {
      list.innerHTML = html;
      shown = text;
      options().forEach(function (option, index) {
        option.id = list.id + "-" + index;
      });
      list.hidden = list.children.length === 0;
      input.setAttribute("aria-expanded", String(!list.hidden));
      input.removeAttribute("aria-activedescendant");
    }

    function ask() {
      asked += 1;
      var mine = asked;
      var text = input.value;
      var address = url + (url.indexOf("?") < 0 ? "?" : "&") + "q=" + encodeURIComponent(text);
      window
        .fetch(address, { credentials: "same-origin", headers: { "HX-Request": "true" } })
        .then(function (answer) {
          return answer.ok && !answer.redirected ? answer.text() : "";
        })
        .then(function (html) {
          if (mine === asked && document.activeElement === input) {
            show(html, text);
          }
        })
        .catch(close);
    }

    function take(option) {
      choose(option.getAttribute("data-value"), option.getAttribute("data-label"));
      close();
    }

    function step(direction) {
      var choices = options();
      var next = choices.indexOf(active()) + direction;
      if (choices.length) {
        mark(choices[(next + choices.length) % choices.length]);
      }
    }

    input.addEventListener("input", function (event) {
      window.clearTimeout(timer);
      if (!event.isComposing) {
        timer = window.setTimeout(ask, WAIT);
      }
    });
    input.addEventListener("compositionend", function () {
      timer = window.setTimeout(ask, WAIT);
    });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", function (event) {
      if (event.isComposing) {
        return;
      }
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) {
          ask();
        } else {
          step(event.key === "ArrowDown" ? 1 : -1);
        }
      } else if (event.key === "Enter" && !list.hidden && active()) {
        event.preventDefault();
        take(active());
      } else if (event.key === "Escape" && !list.hidden) {
        event.stopPropagation();
        close();
      }
    });
    list.addEventListener("mousedown", function (event) {
      event.preventDefault();
      var option = event.target.closest("[data-value]");
      if (option) {
        take(option);
      }
    });

    /* The one candidate for what stands in the box, if there is just one. */
    return function () {
      var choices = options();
      return shown === input.value && choices.length === 1 ? choices[0] : null;
    };
  }

  /* The select stays in the form and carries the value; only its face is replaced. */
  function replaceSelect(box) {
    var select = box.querySelector("select");
    var input = document.createElement("input");
    var chosen = select.options[select.selectedIndex];
    input.type = "text";
    input.className = "input";
    input.value = box.getAttribute("data-relief-typed") || (chosen && chosen.value ? chosen.text : "");
    input.placeholder = "输入名称、拼音或首字母";
    ["aria-describedby", "aria-invalid"].forEach(function (name) {
      if (select.hasAttribute(name)) {
        input.setAttribute(name, select.getAttribute(name));
      }
    });
    input.id = select.id;
    select.removeAttribute("id");
    select.required = false;
    select.hidden = true;
    box.insertBefore(input, select);

    function choose(value, label) {
      var option = Array.prototype.find.call(select.options, function (candidate) {
        return candidate.value === value;
      });
      if (!option) {
        option = new Option(label, value);
        select.add(option);
      }
      select.value = value;
      input.value = label;
      input.removeAttribute("name");
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }

    var onlyOne = build(box, box.getAttribute("data-relief-typeahead"), input, choose);

    /* A text that chose nothing goes along; the server finds out what is meant, or asks. */
    function sendText() {
      select.value = "";
      input.name = select.name + "-typed";
    }

    if (box.hasAttribute("data-relief-typed")) {
      sendText();
    }
    input.addEventListener("input", sendText);
    input.addEventListener("blur", function () {
      var only = input.hasAttribute("name") && input.value.trim() ? onlyOne() : null;
      if (only) {
        choose(only.getAttribute("data-value"), only.getAttribute("data-label"));
      }
    });
  }

  /* A suggestion of a search box is an address: choosing it goes there. */
  function addSuggestions(box) {
    build(box, box.getAttribute("data-relief-suggest"), box.querySelector("input"), function (url) {
      window.location.assign(url);
    });
  }

  function prepare(root) {
    [
      ["data-relief-typeahead", replaceSelect],
      ["data-relief-suggest", addSuggestions],
    ].forEach(function (pair) {
      Array.prototype.forEach.call(root.querySelectorAll("[" + pair[0] + "]"), function (box) {
        if (!box.querySelector("[role='combobox']")) {
          pair[1](box);
        }
      });
    });
  }

  document.addEventListener("htmx:afterSwap", function (event) {
    prepare(event.detail.elt);
  });
  prepare(document);
})();
