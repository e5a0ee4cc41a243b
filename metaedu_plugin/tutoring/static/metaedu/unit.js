/*
 * Feedback in a unit of the course platform. Puts every
 *   <div class="me-feedback" data-course="…" data-problem="…" data-block="…" data-busy="…" data-wait></div>
 * below the problem on the page that is the block, and tells feedback.js
 *   "metaedu:touched"   the learner has begun with a problem
 *   "metaedu:sent"      an answer is on its way to the platform
 *   "metaedu:answered"  the platform has graded an answer
 * What the platform's own page does is only listened to.
 */
(function () {
  "use strict";

  if (window.metaeduUnit) { return; }
  window.metaeduUnit = true;

  var PROBLEM = ".problems-wrapper[data-problem-id]";
  var CHECK = "/problem_check";
  var GRADED = ["correct", "incorrect", "submitted"];
  var touched = new WeakSet();

  function places() {
    return Array.from(document.querySelectorAll(".me-feedback[data-block]"));
  }

  function placeOf(problem) {
    return places().find(function (place) { return place.dataset.block === problem.dataset.problemId; });
  }

  function put() {
    Array.from(document.querySelectorAll(PROBLEM)).forEach(function (problem) {
      var place = placeOf(problem);
      // After the block's own element: what is inside is drawn anew with each answer.
      if (place) { (problem.closest(".xblock") || problem).after(place); }
    });
    // One way to the plan is enough where units lie inside units.
    Array.from(document.querySelectorAll(".me-feedback-plan")).slice(1).forEach(function (plan) { plan.remove(); });
  }

  function tell(name, place) {
    var detail = { course: place.dataset.course, problem: place.dataset.problem };
    document.dispatchEvent(new CustomEvent(name, { detail: detail }));
  }

  function touch(event) {
    var problem = event.target instanceof Element ? event.target.closest(PROBLEM) : null;
    var place = problem && placeOf(problem);
    if (!place || touched.has(place)) { return; }
    touched.add(place);
    tell("metaedu:touched", place);
  }

  /* Where the feedback on what is sent to this address belongs; nothing for all that is no answer. */
  function placeOfAnswer(settings) {
    var address = String((settings && settings.url) || "").split("?")[0];
    if (!address.endsWith(CHECK)) { return null; }
    var problem = Array.from(document.querySelectorAll(PROBLEM)).find(function (each) {
      return each.dataset.url && address.endsWith(each.dataset.url + CHECK);
    });
    return problem && placeOf(problem);
  }

  function sent(event, request, settings) {
    var place = placeOfAnswer(settings);
    if (place) { tell("metaedu:sent", place); }
  }

  function answered(event, request, settings) {
    var place = placeOfAnswer(settings);
    var answer = request && request.responseJSON;
    if (place && answer && GRADED.indexOf(answer.success) >= 0) { tell("metaedu:answered", place); }
  }

  function start() {
    put();
    // The platform sends answers with its own jQuery; without it there is nothing to listen to.
    if (window.jQuery) { window.jQuery(document).ajaxSend(sent).ajaxComplete(answered); }
  }

  document.addEventListener("focusin", touch);
  document.addEventListener("pointerdown", touch);
  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", start); } else { start(); }
}());
