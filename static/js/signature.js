/* A box to sign in: finger, pen or mouse. The drawing goes into the hidden field as a PNG data URL. */
(function () {
  "use strict";

  function start(box) {
    var canvas = box.querySelector("canvas");
    var field = box.querySelector("input[type='hidden']");
    var clear = box.querySelector("[data-relief-signature-clear]");
    var pen = canvas.getContext("2d");
    var last = null;

    canvas.hidden = false;
    clear.hidden = false;

    function fit() {
      var scale = window.devicePixelRatio || 1;
      canvas.width = canvas.clientWidth * scale;
      canvas.height = canvas.clientHeight * scale;
      pen.scale(scale, scale);
      pen.lineWidth = 2.6;
      pen.lineCap = "round";
      pen.lineJoin = "round";
      pen.strokeStyle = "#271e1a";
      field.value = "";
    }

    function point(event) {
      var edge = canvas.getBoundingClientRect();
      return [event.clientX - edge.left, event.clientY - edge.top];
    }

    canvas.addEventListener("pointerdown", function (event) {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      last = point(event);
      pen.beginPath();
      pen.arc(last[0], last[1], 1.3, 0, 2 * Math.PI);
      pen.fill();
    });

    canvas.addEventListener("pointermove", function (event) {
      if (!last) {
        return;
      }
      var next = point(event);
      pen.beginPath();
      pen.moveTo(last[0], last[1]);
      pen.lineTo(next[0], next[1]);
      pen.stroke();
      last = next;
    });

    ["pointerup", "pointercancel"].forEach(function (name) {
      canvas.addEventListener(name, function () {
        if (last) {
          last = null;
          field.value = canvas.toDataURL("image/png");
          field.dispatchEvent(new Event("input", { bubbles: true }));
        }
      });
    });

    clear.addEventListener("click", fit);
    fit();
  }

  Array.prototype.forEach.call(document.querySelectorAll("[data-relief-signature]"), start);
})();
