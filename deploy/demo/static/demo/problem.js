// The problem page: check, hint and answer without a reload. What is right comes from the platform;
// the plugin's feedback below it is told by an event that there is something new to say.
const form = document.getElementById("rv-problem");
const find = (name) => form.querySelector(`[data-${name}]`);
const part = (name) => form.querySelector(`[data-part="${CSS.escape(name)}"]`);

const ENDED = "You are not logged in any more. Reload the page and log in again.";

async function ask(address, body) {
  form.setAttribute("aria-busy", "true");
  find("problem-error").hidden = true;
  try {
    const reply = await fetch(address, { method: "POST", body });
    // A refused form token, which an ended session leaves behind, is answered with a page.
    if (reply.status === 403 && !reply.headers.get("content-type").includes("json")) throw new Error(ENDED);
    const said = await reply.json();
    if (!reply.ok && !said.parts) throw new Error(said.message);
    return said;
  } catch (error) {
    const text = error instanceof TypeError || error instanceof SyntaxError || !error.message
      ? "The platform could not be reached. Your answer is still here: try again." : error.message;
    find("problem-error").textContent = text;
    find("problem-error").hidden = false;
    return null;
  } finally {
    form.removeAttribute("aria-busy");
  }
}

const token = () => {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  return body;
};

function showStatus(said) {
  if (said.attempts === undefined) return;
  find("hint-button").textContent = said.hint_label;
  find("hint-button").disabled = !said.hints_left;
  find("tries").textContent = said.attempts ? `${said.attempts} ${said.attempts === 1 ? "try" : "tries"}` : "";
  find("answer-button").hidden = !said.may_show_answer;
  if (said.attempts) find("check").textContent = "Check again";
}

function explain(html) {
  find("explanation").innerHTML = html;
  find("explanation").hidden = !html;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  find("check").disabled = true;
  const said = await ask(form.action, new FormData(form));
  find("check").disabled = false;
  if (!said) return;
  for (const [name, mark] of Object.entries(said.parts)) {
    const place = part(name);
    place.dataset.mark = mark.correctness || "unanswered";
    place.querySelector("[data-verdict]").textContent = mark.text || mark.message;
  }
  if (said.event_time === undefined) return;
  showStatus(said);
  if (said.explanation) explain(said.explanation);
  const { course, problem, event_time } = said;
  document.dispatchEvent(new CustomEvent("metaedu:answered", { detail: { course, problem, event_time } }));
});

find("hint-button").addEventListener("click", async () => {
  const said = await ask(form.dataset.hint, token());
  if (!said) return;
  showStatus(said);
  const id = `rv-hint-${said.number}`;
  const hint = document.getElementById(id) || document.createElement("div");
  hint.id = id;
  hint.className = "rv-hint";
  hint.innerHTML = `<span class="me-label">Hint ${said.number} of ${said.hints}</span>${said.html}`;
  find("hints").append(hint);
});

find("answer-button").addEventListener("click", async () => {
  const said = await ask(form.dataset.answer, token());
  if (!said) return;
  showStatus(said);
  for (const [name, answer] of Object.entries(said.answers)) {
    const place = part(name).querySelector("[data-right-answer]");
    place.innerHTML = `Right answer: ${answer}`;
    place.hidden = false;
  }
  explain(said.explanation);
});

// A verdict belongs to the answer that was checked: it goes when the answer changes.
form.addEventListener("input", (event) => {
  const place = event.target.closest("[data-part]");
  if (!place) return;
  delete place.dataset.mark;
  place.querySelector("[data-verdict]").textContent = "";
});
