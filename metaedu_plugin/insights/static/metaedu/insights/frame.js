/* The page inside the platform's instructor dashboard: links lead out of the frame, and the frame is as high as the page. */
(function () {
  "use strict";

  if (window.top === window) { return; }

  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[href]");
    if (link && !link.getAttribute("href").startsWith("#") && !link.hasAttribute("download")) { link.target = "_top"; }
  });

  var frame = null;
  try { frame = window.frameElement; } catch (error) { /* another site's frame keeps its height */ }
  if (frame && window.ResizeObserver) {
    var page = document.documentElement;
    new ResizeObserver(function () {
      frame.style.height = Math.ceil(page.getBoundingClientRect().height) + "px";
    }).observe(page);
  }
}());
