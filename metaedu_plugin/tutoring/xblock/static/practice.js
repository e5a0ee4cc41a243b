/* The next action, asked of the REST API when the unit is shown, and again after an answer on the same page. */
function MetaeduPractice(runtime, element, args) {
  "use strict";

  var TIMEOUT = 5000;
  var AFTER_AN_ANSWER = 1500;
  var root = element.jquery ? element[0] : element;
  var said = root.querySelector(".me-practice-said");
  var asked = 0;

  function make(name, className, text) {
    var made = document.createElement(name);
    if (className) { made.className = className; }
    if (text) { made.textContent = text; }
    return made;
  }

  /* Only addresses of pages: a link is never a way to run something. */
  function anchor(address, className, text) {
    var link = make("a", className, text);
    var target = new URL(address, document.baseURI);
    if (target.protocol === "https:" || target.protocol === "http:") { link.href = target.href; }
    return link;
  }

  function plan() {
    var line = make("p", "me-practice-soft");
    line.append(anchor(args.plan, "", args.words.plan));
    return line;
  }

  function secret() {
    var found = document.cookie.split("; ").find(function (part) { return part.indexOf("csrftoken=") === 0; });
    return found ? decodeURIComponent(found.slice("csrftoken=".length)) : "";
  }

  /* Says what became of the action; outlives the page, and resolves to whether it was taken in. */
  function tell(did, token) {
    return fetch(args.actions, {
      method: "POST", credentials: "same-origin", keepalive: true,
      headers: { "Content-Type": "application/json", "X-CSRFToken": secret() },
      body: JSON.stringify({ did: did, token: token })
    }).then(function (response) { return response.ok; }).catch(function () { return false; });
  }

  function put(state, parts) {
    root.querySelector(".me-practice").dataset.state = state;
    said.removeAttribute("aria-busy");
    said.replaceChildren.apply(said, parts);
  }

  function dismissal(action) {
    var button = make("button", "me-practice-quiet", args.words.dismiss);
    button.type = "button";
    button.addEventListener("click", function () {
      button.disabled = true;
      tell("dismissed", action.token).then(function (taken) {
        if (!taken) { button.disabled = false; return; }
        // The button that had the focus goes: who uses a keyboard goes on from here.
        said.tabIndex = -1;
        said.focus({ preventScroll: true });
        ask();
      });
    });
    return button;
  }

  function suggestion(answer) {
    var action = answer.action;
    var what = make("p", "me-practice-what", action.link ? action.link.title : action.skill_title);
    var parts = [what, make("p", "", answer.sentence)];
    var go = make("p", "me-practice-choice");
    if (action.link) {
      var link = anchor(action.link.url, "me-practice-go", action.label);
      link.addEventListener("click", function () { tell("followed", action.token); });
      go.append(link, make("span", "me-practice-soft", args.words.minutes.replace("%s", action.link.minutes)));
    }
    go.append(dismissal(action));
    parts.push(go);
    if (answer.source_note) { parts.push(make("p", "me-practice-soft", answer.source_note)); }
    return parts.concat(plan());
  }

  function failed() {
    var line = make("p", "");
    var button = make("button", "me-practice-quiet", args.words.again);
    button.type = "button";
    button.addEventListener("click", ask);
    line.append(button);
    put("failed", [make("p", "", args.words.failed), line]);
  }

  function show(status, answer) {
    if (status === 200 && answer.action) {
      put("ready", suggestion(answer));
    } else if (status === 200 && answer.sentence) {
      put("empty", [make("p", "", answer.sentence), plan()]);
    } else if (status === 401 || status === 403) {
      put("signed-out", [make("p", "", args.words.signedOut)]);
    } else if (status === 404 && answer.status === "opted_out") {
      put("opted-out", [make("p", "", answer.detail), plan()]);
    } else if (status === 404) {
      put("off", [make("p", "", args.words.off)]);
    } else {
      failed();
    }
  }

  function ask() {
    var mine = asked += 1;
    var stop = new AbortController();
    var timer = setTimeout(function () { stop.abort(); }, TIMEOUT);
    said.setAttribute("aria-busy", "true");
    fetch(args.next, { credentials: "same-origin", headers: { Accept: "application/json" }, signal: stop.signal })
      .then(function (response) {
        return response.json().then(function (answer) { if (mine === asked) { show(response.status, answer); } });
      })
      .catch(function () { if (mine === asked) { failed(); } })
      .finally(function () { clearTimeout(timer); });
  }

  document.addEventListener("metaedu:answered", function (event) {
    if (event.detail && event.detail.course === args.course) { setTimeout(ask, AFTER_AN_ANSWER); }
  });
  ask();
}
