/* The paste grid: blocks from Excel or WPS, keys that move, sums, and a check of every row.
   The inputs post like any form; without this script they are simply typed into. */
(function () {
  "use strict";

  function list(nodes) {
    return Array.prototype.slice.call(nodes);
  }

  /* ２，０００元, ￥5,000 and " 5 000 " are all a plain number. */
  function cleanNumber(text) {
    return text
      .replace(/[\uFF10-\uFF19\uFF0E]/g, function (wide) {
        return String.fromCharCode(wide.charCodeAt(0) - 0xfee0);
      })
      .replace(/[,\uFF0C\s\u00A5\uFFE5]|元$/g, "");
  }

  /* Sums in fen, so that no binary fraction gets in. NaN when it is no sum of money. */
  function fen(text) {
    var plain = cleanNumber(text);
    var found = /^(-?)(\d+)(?:\.(\d{0,2}))?$/.exec(plain);
    if (!found) {
      return NaN;
    }
    var value = Number(found[2]) * 100 + Number(((found[3] || "") + "00").slice(0, 2));
    return found[1] ? -value : value;
  }

  function yuan(value) {
    var plain = Math.abs(value);
    var whole = String(Math.floor(plain / 100)).replace(/\B(?=(\d{3})+$)/g, ",");
    return (value < 0 ? "-" : "") + whole + "." + ("0" + (plain % 100)).slice(-2);
  }

  function start(table) {
    var rows = list(table.querySelectorAll("[data-relief-grid-row]"));
    var message = document.querySelector("[data-relief-grid-message]");
    var unit = table.getAttribute("data-unit");
    var budget = table.hasAttribute("data-budget") ? fen(table.getAttribute("data-budget")) : null;
    var blocks = [];
    var before = "";

    function cells(row) {
      return list(row.querySelectorAll("[data-relief-cell]"));
    }

    function kind(cell) {
      return cell.getAttribute("data-relief-cell");
    }

    function place(cell) {
      var row = cell.closest("tr");
      return { row: rows.indexOf(row), column: cells(row).indexOf(cell) };
    }

    function at(row, column) {
      return rows[row] ? cells(rows[row])[column] : undefined;
    }

    function go(row, column) {
      var cell = at(row, column);
      if (cell) {
        cell.focus();
        cell.select();
      }
    }

    /* --- one cell --- */

    function tidy(cell) {
      if (kind(cell) === "money" && cell.value) {
        var value = fen(cell.value);
        if (!isNaN(value)) {
          cell.value = yuan(value).replace(/\.00$/, "");
        }
      } else if (kind(cell) === "whole") {
        cell.value = cleanNumber(cell.value);
      }
    }

    function isWrong(cell) {
      if (!cell.value.trim()) {
        return false;
      }
      if (kind(cell) === "money") {
        return !(fen(cell.value) >= 0);
      }
      if (kind(cell) === "whole") {
        return !/^\d+$/.test(cell.value);
      }
      if (kind(cell) === "choice") {
        return !list(cell.list.options).some(function (option) {
          return option.value === cell.value.trim();
        });
      }
      return false;
    }

    /* --- one row: the first thing that is wrong decides what the check column says --- */

    function labels(some) {
      return some
        .map(function (cell) {
          return cell.getAttribute("data-label").replace(/（.*）$/, "");
        })
        .join("、");
    }

    function isOver(row, cell) {
      var limit = row.getAttribute("data-limit");
      return limit !== null && kind(cell) === "money" && cell.hasAttribute("data-required") &&
        fen(cell.value) > fen(limit);
    }

    function verdict(row) {
      var all = cells(row);
      var started = all.some(function (cell) {
        return cell.value.trim();
      });
      var wrong = all.filter(isWrong);
      var over = all.filter(function (cell) {
        return isOver(row, cell);
      });
      var missing = all.filter(function (cell) {
        return cell.hasAttribute("data-required") && !cell.value.trim();
      });
      all.forEach(function (cell) {
        var bad = wrong.indexOf(cell) >= 0 || over.indexOf(cell) >= 0;
        if (bad) {
          cell.setAttribute("aria-invalid", "true");
        } else {
          cell.removeAttribute("aria-invalid");
        }
      });
      if (!started) {
        return ["mute", ""];
      }
      if (wrong.length) {
        return ["err", "看不懂 " + labels(wrong)];
      }
      if (over.length) {
        return ["err", "超标准"];
      }
      if (missing.length) {
        return ["warn", "缺 " + labels(missing)];
      }
      var finding = row.querySelector("[data-relief-grid-check]").getAttribute("data-finding");
      return finding ? ["warn", finding] : ["ok", ""];
    }

    function check(row) {
      var result = verdict(row);
      var template = document.querySelector("[data-relief-grid-tag='" + result[0] + "']");
      var tag = template.content.firstElementChild.cloneNode(true);
      var target = row.querySelector("[data-relief-grid-check]");
      if (result[1]) {
        tag.appendChild(document.createTextNode(result[1]));
      }
      if (target.textContent.trim() !== tag.textContent.trim()) {
        target.textContent = "";
        target.appendChild(tag);
      }
      return result[0];
    }

    /* --- the whole grid --- */

    function sumUp() {
      var spent = 0;
      list(table.querySelectorAll("[data-relief-grid-sum]")).forEach(function (target, index) {
        var column = Number(target.getAttribute("data-relief-grid-sum"));
        var money = kind(at(0, column)) === "money";
        var total = rows.reduce(function (sum, row) {
          var value = fen(cells(row)[column].value);
          return sum + (isNaN(value) ? 0 : value);
        }, 0);
        target.textContent = money ? yuan(total) : String(total / 100);
        if (index === 0) {
          spent = total;
        }
      });
      return spent;
    }

    function refresh() {
      if (!rows.length) {
        return;
      }
      var states = rows.map(check);
      var empty = states.filter(function (state) {
        return state === "mute";
      }).length;
      var spent = sumUp();
      table.querySelector("[data-relief-grid-count]").textContent =
        rows.length - empty + " " + unit + "已填，" + empty + " " + unit + "未填";
      if (budget !== null) {
        var left = table.querySelector("[data-relief-grid-left]");
        left.textContent = (spent > budget ? "超出 " : "余 ") + yuan(Math.abs(budget - spent)) + " 元";
        left.classList.toggle("is-err", spent > budget);
      }
    }

    function set(cell, value) {
      var old = cell.value;
      cell.value = value;
      tidy(cell);
      cell.closest("td").classList.toggle("is-pasted", true);
      return { cell: cell, value: old };
    }

    function changed(text) {
      refresh();
      message.textContent = text;
      table.dispatchEvent(new Event("input", { bubbles: true }));
    }

    function paste(cell, text) {
      var start = place(cell);
      var lost = 0;
      var block = [];
      text
        .replace(/\r/g, "")
        .replace(/\n$/, "")
        .split("\n")
        .forEach(function (line, down) {
          line.split("\t").forEach(function (value, right) {
            var target = at(start.row + down, start.column + right);
            if (target) {
              block.push(set(target, value.trim()));
            } else if (value.trim()) {
              lost += 1;
            }
          });
        });
      blocks.push(block);
      changed(
        "已贴入 " + block.length + " 格（黄底），Ctrl+Z 一次撤回整块。" +
          (lost ? "有 " + lost + " 格超出表格，没有贴入。" : "")
      );
    }

    function undo() {
      var block = blocks.pop();
      block.forEach(function (entry) {
        entry.cell.value = entry.value;
        entry.cell.closest("td").classList.remove("is-pasted");
      });
      changed("已撤回 " + block.length + " 格。");
    }

    function copyAbove(cell) {
      var here = place(cell);
      var above = at(here.row - 1, here.column);
      if (above) {
        cell.value = above.value;
        changed("");
      }
    }

    function withControl(event) {
      var key = event.key.toLowerCase();
      if (key === "d") {
        event.preventDefault();
        copyAbove(event.target);
      } else if (key === "z" && blocks.length && event.target.value === before) {
        event.preventDefault();
        undo();
        before = event.target.value;
      } else if (key === "s") {
        event.preventDefault();
        var save = document.querySelector("[data-relief-grid-save]");
        if (save) {
          save.click();
        }
      }
    }

    table.addEventListener("keydown", function (event) {
      /* While a Chinese input method composes, Enter belongs to it. */
      if (!event.target.matches("[data-relief-cell]") || event.isComposing || event.keyCode === 229) {
        return;
      }
      var here = place(event.target);
      if (event.ctrlKey || event.metaKey) {
        withControl(event);
      } else if (event.key === "Enter") {
        event.preventDefault();
        go(here.row + (event.shiftKey ? -1 : 1), here.column);
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        go(here.row + (event.key === "ArrowDown" ? 1 : -1), here.column);
      } else if (event.key === "Escape") {
        event.target.value = before;
        refresh();
      }
    });

    table.addEventListener("paste", function (event) {
      var text = event.clipboardData.getData("text/plain");
      if (event.target.matches("[data-relief-cell]") && /[\t\n]/.test(text.replace(/\r?\n$/, ""))) {
        event.preventDefault();
        paste(event.target, text);
        before = event.target.value;
      }
    });

    table.addEventListener("focusin", function (event) {
      if (event.target.matches("[data-relief-cell]")) {
        before = event.target.value;
      }
    });

    table.addEventListener("focusout", function (event) {
      if (event.target.matches("[data-relief-cell]")) {
        tidy(event.target);
        refresh();
      }
    });

    table.addEventListener("input", function (event) {
      if (event.target !== table) {
        refresh();
      }
    });

    rows.forEach(function (row) {
      cells(row).forEach(tidy);
    });
    refresh();
  }

  list(document.querySelectorAll("[data-relief-grid]")).forEach(start);
})();
