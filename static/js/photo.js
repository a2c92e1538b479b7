/* Photos are made small on the phone before they travel: 1600 pixels, JPEG 0.8, no place in them.
   Redrawing on a canvas drops EXIF; the server encodes once more. */
(function () {
  "use strict";

  var LONGEST = 1600;
  var QUALITY = 0.8;

  function load(file) {
    return new Promise(function (resolve, reject) {
      var reader = new FileReader();
      reader.onerror = reject;
      reader.onload = function () {
        var image = new Image();
        image.onerror = reject;
        image.onload = function () {
          resolve(image);
        };
        image.src = reader.result;
      };
      reader.readAsDataURL(file);
    });
  }

  function shrink(image) {
    var scale = Math.min(1, LONGEST / Math.max(image.naturalWidth, image.naturalHeight));
    var canvas = document.createElement("canvas");
    canvas.width = Math.round(image.naturalWidth * scale);
    canvas.height = Math.round(image.naturalHeight * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise(function (resolve) {
      canvas.toBlob(
        function (blob) {
          resolve({ blob: blob, url: canvas.toDataURL("image/jpeg", QUALITY) });
        },
        "image/jpeg",
        QUALITY
      );
    });
  }

  function tile(photo, remove) {
    var figure = document.createElement("figure");
    var image = document.createElement("img");
    var caption = document.createElement("figcaption");
    var button = document.createElement("button");
    figure.className = "photos-tile";
    image.className = "photos-image";
    image.src = photo.url;
    image.alt = "待上传的照片";
    caption.className = "photos-note";
    caption.textContent = Math.ceil(photo.blob.size / 1024) + " KB 待传";
    button.type = "button";
    button.className = "photos-remove";
    button.setAttribute("aria-label", "删掉这张");
    button.textContent = "×";
    button.addEventListener("click", remove);
    figure.append(image, caption, button);
    return figure;
  }

  function start(box) {
    var input = box.querySelector("input[type='file']");
    var message = box.parentNode.querySelector("[data-relief-photos-message]");
    var limit = Number(box.getAttribute("data-limit"));
    var kept = [];
    if (!input) {
      return;
    }
    var add = input.closest("label");

    /* The form posts what the input holds, so the small files are put back into it. */
    function store() {
      var transfer = new DataTransfer();
      kept.forEach(function (photo) {
        transfer.items.add(new File([photo.blob], photo.name, { type: "image/jpeg" }));
      });
      input.files = transfer.files;
      add.hidden = box.querySelectorAll("figure").length >= limit;
    }

    function keep(photo) {
      var figure = tile(photo, function () {
        kept.splice(kept.indexOf(photo), 1);
        figure.remove();
        store();
      });
      kept.push(photo);
      box.insertBefore(figure, add);
    }

    input.addEventListener("change", function () {
      var room = limit - box.querySelectorAll("figure").length;
      var files = Array.prototype.slice.call(input.files).slice(0, Math.max(0, room));
      var jobs = files.map(function (file, index) {
        return load(file)
          .then(shrink)
          .then(function (photo) {
            photo.name = "photo-" + Date.now() + "-" + index + ".jpg";
            keep(photo);
          })
          .catch(function () {
            message.textContent = "“" + file.name + "”不是能读的照片，没有加入。";
          });
      });
      Promise.all(jobs).then(store);
    });
  }

  Array.prototype.forEach.call(document.querySelectorAll("[data-relief-photos]"), start);
})();
