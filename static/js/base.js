/* What every page has: remarks that close, menus, unsaved forms, keys, sums, failed requests.
   Everything here only adds comfort; each page works without it. */
(function () {
  "use strict";

  var KEYS_OFF = "relief-keys-off";

  function all(selector, root) {
    return Array.prototype.slice.call((root || document).querySelectorAll(selector));
  }

  function isTyping(target) {
    return Boolean(target.closest("input, select, textarea, [contenteditable]"));
  }

  /* --- set up a page, or the part of it that htmx has just brought --- */

  function prepare(root) {
    all("[data-relief-flash-close], [data-relief-show-password], [data-relief-print]", root).forEach(
      function (button) {
        button.hidden = false;
      }
    );
    all("[data-relief-back]", root).forEach(function (button) {
      button.hidden = window.history.length < 2;
    });
    all("[data-relief-money]", root).forEach(showSum);
    all("[data-relief-open]", root).forEach(function (cell) {
      cell.focus({ preventScroll: true });
    });
    var summary = root.querySelector("[data-relief-focus]");
    if (summary) {
      summary.focus();
      // The way back to this page is a fresh form, not the browser's complaint about a post. The
      // question for the password may stand at an address that knows no page of its own.
      if (!document.querySelector("[name^='identity-']")) {
        window.history.replaceState(window.history.state, "", window.location.href);
      }
    }
  }

  /* --- sums: 5000 is shown as 5,000 when the field is left --- */

  function showSum(input) {
    var plain = input.value.replace(/[,，\s]/g, "");
    if (!/^\d+(\.\d{0,2})?$/.test(plain)) {
      return;
    }
    var parts = plain.split(".");
    parts[0] = parts[0].replace(/\B(?=(\d{3})+$)/g, ",");
    input.value = parts.join(".");
  }

  document.addEventListener("focusout", function (event) {
    if (event.target.matches("[data-relief-money]")) {
      showSum(event.target);
    }
  });

  /* --- clicks --- */

  function togglePassword(button) {
    var input = document.getElementById(button.getAttribute("data-relief-show-password"));
    var shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  }

  function followSummary(event, link) {
    var target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!target) {
      return;
    }
    var control = target.matches("input, select, textarea")
      ? target
      : target.querySelector("input, select, textarea, button, a");
    if (control) {
      event.preventDefault();
      control.focus();
      control.scrollIntoView({ block: "center" });
    }
  }

  document.addEventListener("click", function (event) {
    var target = event.target;
    var close = target.closest("[data-relief-flash-close]");
    var password = target.closest("[data-relief-show-password]");
    var jump = target.closest("[data-relief-focus] a[href^='#']");
    if (close) {
      close.closest("[data-relief-flash]").remove();
    } else if (password) {
      togglePassword(password);
    } else if (target.closest("[data-relief-print]")) {
      window.print();
    } else if (target.closest("[data-relief-back]")) {
      window.history.back();
    } else if (jump) {
      followSummary(event, jump);
    }
    all("[data-relief-menu][open]").forEach(function (menu) {
      if (!menu.contains(target)) {
        menu.open = false;
      }
    });
  });

  /* --- files that are too large are said before they travel, so that nothing typed is lost --- */

  function megabytes(bytes) {
    return Math.round((bytes / 1048576) * 10) / 10 + " MB";
  }

  function sizeProblem(input) {
    var most = Number(input.getAttribute("data-relief-most"));
    var together = Number(input.getAttribute("data-relief-most-together")) || most;
    var sum = 0;
    var problem = "";
    Array.prototype.forEach.call(input.files, function (file) {
      sum += file.size;
      if (file.size > most && !problem) {
        problem = "“" + file.name + "”有 " + megabytes(file.size) + "，超过 " + megabytes(most) +
          "，没有上传。请换小一点的，或者分成几份；您填的都还在。";
      }
    });
    if (!problem && sum > together) {
      problem = "这些文件合计 " + megabytes(sum) + "，超过 " + megabytes(together) +
        "，没有上传。请分几次；您填的都还在。";
    }
    return problem;
  }

  function showSizeProblem(input) {
    var problem = sizeProblem(input);
    var field = input.closest(".field") || input.parentNode;
    all("[data-relief-too-large]", field).forEach(function (old) {
      old.remove();
    });
    field.classList.toggle("is-invalid", Boolean(problem));
    if (problem) {
      var line = document.createElement("p");
      line.className = "field-error";
      line.setAttribute("role", "alert");
      line.setAttribute("data-relief-too-large", "");
      line.textContent = problem;
      (input.closest(".file") || input).before(line);
    }
    return problem;
  }

  document.addEventListener("change", function (event) {
    if (event.target.matches("input[data-relief-most]")) {
      showSizeProblem(event.target);
    }
  });

  document.addEventListener("submit", function (event) {
    var large = all("input[data-relief-most]", event.target).filter(showSizeProblem);
    if (large.length) {
      event.preventDefault();
      event.stopImmediatePropagation();
      large[0].focus();
    }
  }, true);

  /* --- unsaved forms --- */

  var unsaved = false;

  document.addEventListener("input", function (event) {
    if (event.target.closest("[data-relief-unsaved]")) {
      unsaved = true;
    }
  });

  document.addEventListener("submit", function () {
    unsaved = false;
  });

  window.addEventListener("beforeunload", function (event) {
    if (unsaved) {
      event.preventDefault();
      event.returnValue = "";
    }
  });

  /* --- the moment of printing: the server's clock, and what has passed since it made the page --- */

  function digits(number) {
    return (number < 10 ? "0" : "") + number;
  }

  window.addEventListener("beforeprint", function () {
    all("[data-relief-printed]").forEach(function (place) {
      var made = Date.parse(place.getAttribute("data-relief-printed"));
      var now = new Date(made + window.performance.now());
      place.textContent =
        now.getUTCFullYear() + "年" + (now.getUTCMonth() + 1) + "月" + now.getUTCDate() + "日 " +
        digits(now.getUTCHours()) + ":" + digits(now.getUTCMinutes());
    });
  });

  /* --- keys; single letters can be turned off on the help page --- */

  function keysAreOff() {
    try {
      return window.localStorage.getItem(KEYS_OFF) === "yes";
    } catch (error) {
      return false;
    }
  }

  function closeMenu() {
    all("[data-relief-menu][open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }

  function press(key) {
    if (key === "/") {
      return document.querySelector("[data-relief-search], input[type='search']");
    }
    return document.querySelector("[data-relief-key='" + key + "']");
  }

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      closeMenu();
      return;
    }
    var modified = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
    if (modified || isTyping(event.target) || keysAreOff() || !/^[/?a-z]$/i.test(event.key)) {
      return;
    }
    var target = press(event.key.toLowerCase());
    if (!target) {
      return;
    }
    event.preventDefault();
    if (target.matches("input, select")) {
      target.focus();
      if (target.select) {
        target.select();
      }
    } else {
      target.click();
    }
  });

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-relief-keys-off]")) {
      window.localStorage.setItem(KEYS_OFF, event.target.checked ? "yes" : "no");
    }
  });

  /* --- requests of htmx that fail are said, never swallowed --- */

  function say(text) {
    var main = document.getElementById("main");
    var note = document.createElement("p");
    note.className = "note is-err";
    note.setAttribute("role", "alert");
    note.textContent = text;
    all("[data-relief-request-failed]").forEach(function (old) {
      old.remove();
    });
    note.setAttribute("data-relief-request-failed", "");
    main.insertBefore(note, main.firstChild);
  }

  document.addEventListener("htmx:sendError", function () {
    say("没有连上服务器，页面上是刚才的内容。请检查网络后再试。");
  });

  document.addEventListener("htmx:responseError", function (event) {
    var status = event.detail.xhr.status;
    if (status === 401 || status === 403) {
      window.location.reload();
      return;
    }
    var id = event.detail.xhr.getResponseHeader("X-Request-ID");
    say("这一步没有完成，页面上是刚才的内容。请再试一次" + (id ? "；仍然不行请报编号 " + id : "") + "。");
  });

  /* A whole page where a part was asked for is the log-in page: the session has ended. */
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (/^\s*<!doctype html/i.test(event.detail.xhr.responseText)) {
      event.detail.shouldSwap = false;
      window.location.reload();
    }
  });

  document.addEventListener("htmx:beforeRequest", function (event) {
    event.detail.target.setAttribute("aria-busy", "true");
  });

  document.addEventListener("htmx:afterRequest", function (event) {
    event.detail.target.removeAttribute("aria-busy");
  });

  document.addEventListener("htmx:afterSwap", function (event) {
    prepare(event.detail.elt);
  });

  var keys = document.querySelector("[data-relief-keys-off]");
  if (keys) {
    keys.checked = keysAreOff();
  }
  prepare(document);
})();
