/*
 * Feedback below a problem. Fills every
 *   <div class="me-feedback" data-course="…" data-problem="…" data-busy="Looking at your answer …"></div>
 * when the page says that a problem was answered:
 *   document.dispatchEvent(new CustomEvent("metaedu:answered", {detail: {course: "…", problem: "…"}}))
 * `data-busy` is what it says meanwhile, in the reader's language; all other words come with the answer.
 * When there is nothing to say, or anything fails, the element is hidden: the page is as it was.
 *
 * Which attempt was there before is asked when the page loads. On a page of many problems that is many questions: with
 * `data-wait` the element asks when the page says, with a "metaedu:touched" of the same detail, that the learner has begun.
 * A page whose answer may overtake that question says "metaedu:sent" when the answer goes off.
 */
(function () {
  "use strict";

  var script = document.currentScript;
  var API = (script && script.dataset.api) || "/metaedu/api/v1/";
  var TIMEOUT = 3000;
  // Another process that has the answer in hand is mostly done in a moment.
  var PAUSES = [100, 300, 700, 1000];
  var SVG = "http://www.w3.org/2000/svg";

  // What is known of each element: the attempt that was seen last, the words, and the number of the question under way.
  var known = new WeakMap();

  function state(element) {
    if (!known.has(element)) { known.set(element, { attempt: "", labels: {}, asked: 0, sent: false }); }
    return known.get(element);
  }

  function elements() {
    return Array.from(document.querySelectorAll(".me-feedback[data-course][data-problem]"));
  }

  /* Resolves to the answer, or to {status: "failed"}; never rejects. */
  function ask(element, since) {
    var stop = new AbortController();
    var timer = setTimeout(function () { stop.abort(); }, TIMEOUT);
    var query = new URLSearchParams({ problem: element.dataset.problem });
    if (since) { query.set("since", since); }
    return fetch(API + "courses/" + encodeURIComponent(element.dataset.course) + "/feedback?" + query.toString(), {
      credentials: "same-origin", headers: { Accept: "application/json" }, signal: stop.signal
    })
      .then(function (response) { return response.json(); })
      .then(function (answer) { return answer && answer.status ? answer : { status: "failed" }; })
      .catch(function () { return { status: "failed" }; })
      .finally(function () { clearTimeout(timer); });
  }

  function learn(element, answer) {
    var mine = state(element);
    if (answer.labels) { mine.labels = answer.labels; }
    if (answer.status === "ready") { mine.attempt = answer.attempt; }
    if (answer.status === "nothing_yet") { mine.attempt = "none"; }
  }

  function make(name, className, text) {
    var element = document.createElement(name);
    if (className) { element.className = className; }
    if (text) { element.textContent = text; }
    return element;
  }

  /* Only addresses of pages: a link is never a way to run something. */
  function anchor(link, className, text) {
    var element = make("a", className, text || link.title);
    var address = new URL(link.url, document.baseURI);
    if (address.protocol === "https:" || address.protocol === "http:") { element.href = address.href; }
    return element;
  }

  function line(className, from, to) {
    var element = document.createElementNS(SVG, "line");
    element.setAttribute("class", className);
    element.setAttribute("x1", String(from));
    element.setAttribute("x2", String(to));
    element.setAttribute("y1", className === "me-feedback-mark" ? "0" : "5");
    element.setAttribute("y2", className === "me-feedback-mark" ? "10" : "5");
    return element;
  }

  function bar(change) {
    var now = change.after.range;
    var svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "me-feedback-bar");
    svg.setAttribute("viewBox", "0 0 100 10");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("focusable", "false");
    svg.append(
      line("me-feedback-was", change.before.low, change.before.high),
      line("me-feedback-now", now.low, now.high),
      line("me-feedback-mark", now.mean, now.mean)
    );
    return svg;
  }

  function skill(change) {
    var box = make("div", "me-feedback-skill");
    var title = make("p", "");
    title.append(make("span", "me-feedback-title", change.after.title), " ",
      make("span", "me-feedback-soft", change.after.label));
    box.append(title, bar(change), make("p", "me-feedback-soft", change.text));
    return box;
  }

  /* Where the learner stands: after a wrong answer for who wants to know. */
  function standing(answer, labels) {
    var box = make(answer.correct ? "div" : "details", "me-feedback-stand");
    if (!answer.correct) { box.append(make("summary", "", labels.stand)); }
    box.hidden = !answer.skills.length;
    answer.skills.forEach(function (change) { box.append(skill(change)); });
    return box;
  }

  function reading(answer, labels) {
    var list = make("ul", "me-feedback-read");
    list.hidden = !answer.help.length;
    answer.help.forEach(function (link) {
      var item = make("li", "");
      item.append(anchor(link, "", labels.read + ": " + link.title), " ", make("span", "me-feedback-soft", link.minutes + " " + (labels.minutes)));
      list.append(item);
    });
    return list;
  }

  function csrf() {
    var name = ((script && script.dataset.csrfCookie) || "csrftoken") + "=";
    var found = document.cookie.split("; ").find(function (part) { return part.indexOf(name) === 0; });
    return found ? decodeURIComponent(found.slice(name.length)) : "";
  }

  /* Says what became of an action; outlives the page, and resolves to whether it was taken in. */
  function tell(element, did, token) {
    return fetch(API + "courses/" + encodeURIComponent(element.dataset.course) + "/actions", {
      method: "POST", credentials: "same-origin", keepalive: true,
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
      body: JSON.stringify({ did: did, token: token, place: "feedback" })
    }).then(function (response) { return response.ok; }).catch(function () { return false; });
  }

  function dismissal(element, box, action, labels) {
    var button = make("button", "me-feedback-dismiss", labels.dismiss);
    button.type = "button";
    button.setAttribute("aria-label", button.textContent + ": " + (action.link ? action.link.title : action.skill_title));
    button.addEventListener("click", function () {
      button.disabled = true;
      tell(element, "dismissed", action.token).then(function (taken) {
        if (!taken) { button.disabled = false; return; }
        var said = make("p", "me-feedback-soft", labels.dismissed);
        said.tabIndex = -1;
        box.replaceChildren(said);
        // The button that had the focus is gone: who uses a keyboard goes on from here.
        said.focus({ preventScroll: true });
      });
    });
    return button;
  }

  function next(element, answer, labels) {
    var box = make("div", "me-feedback-next");
    var said = make("p", "");
    said.append(make("strong", "", labels.next), ": ", answer.next.sentence);
    box.append(said);
    var action = answer.next.action;
    if (!action) { return box; }
    var go = make("p", "me-feedback-choice");
    if (action.link) {
      var link = anchor(action.link, "me-feedback-go", action.label + ": " + action.link.title);
      link.addEventListener("click", function () { tell(element, "followed", action.token); });
      go.append(link, " ");
    }
    go.append(dismissal(element, box, action, labels));
    box.append(go);
    return box;
  }

  function show(element, answer) {
    var labels = state(element).labels;
    var box = make("div", "me-feedback-box" + (answer.correct ? " me-feedback-right" : ""));
    box.append(make("p", "me-feedback-head", answer.headline));
    // After a wrong answer the offer of help comes first, and what it says about the skill after it.
    if (!answer.correct && answer.hint) { box.append(make("p", "", answer.hint)); }
    if (!answer.correct) { box.append(reading(answer, labels), next(element, answer, labels)); }
    box.append(make("p", "", answer.sentence));
    box.append(standing(answer, labels));
    if (answer.correct) { box.append(next(element, answer, labels)); }
    if (answer.later) { box.append(make("p", "", answer.later)); }
    var foot = make("p", "me-feedback-soft", answer.source_note ? answer.source_note + " " : "");
    if (answer.plan_url) { foot.append(anchor({ url: answer.plan_url, title: labels.plan })); }
    box.append(foot);
    element.dataset.source = answer.source;
    element.replaceChildren(box);
    element.hidden = false;
  }

  function busy(element) {
    var box = make("div", "me-feedback-box");
    box.append(make("p", "me-feedback-soft", element.dataset.busy || state(element).labels.busy || "…"));
    element.replaceChildren(box);
    element.hidden = false;
    element.setAttribute("aria-busy", "true");
  }

  function hide(element) {
    element.replaceChildren();
    element.hidden = true;
  }

  function answered(element) {
    sent(element);
    var mine = state(element);
    var number = mine.asked += 1;
    var asked = 0;

    function done(answer) {
      learn(element, answer);
      element.removeAttribute("aria-busy");
      if (answer.status === "ready") { show(element, answer); } else { hide(element); }
    }

    function poll() {
      ask(element, mine.attempt).then(function (answer) {
        if (number !== mine.asked) { return; }
        if (answer.status === "waiting" && asked < PAUSES.length) {
          setTimeout(poll, PAUSES[asked]);
          asked += 1;
        } else {
          done(answer);
        }
      });
    }

    busy(element);
    poll();
  }

  /* Which attempt was there before: so that it is not taken for the answer that comes. What is told after an answer has
     gone off may be about that very answer. */
  function before(element) {
    ask(element, "").then(function (answer) { if (!state(element).sent) { learn(element, answer); } });
  }

  function sent(element) {
    state(element).sent = true;
  }

  function start() {
    elements().forEach(function (element) {
      element.setAttribute("aria-live", "polite");
      if (!("wait" in element.dataset)) { before(element); }
    });
  }

  function listen(name, act) {
    document.addEventListener(name, function (event) {
      var detail = event.detail || {};
      elements().forEach(function (element) {
        if (element.dataset.course === detail.course && element.dataset.problem === detail.problem) { act(element); }
      });
    });
  }

  listen("metaedu:sent", sent);
  listen("metaedu:answered", answered);
  listen("metaedu:touched", before);

  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", start); } else { start(); }
}());
