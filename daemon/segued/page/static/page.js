// What the page does beyond plain links and forms: live progress, the editor, the unfolding of rows.
"use strict";

const formToken = document.querySelector('meta[name="form-token"]').content;

function post(address, values) {
  return fetch(address, {
    method: "POST",
    headers: { "X-Form-Token": formToken, "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(values),
  });
}

function listen() {
  const events = new EventSource("/events");
  const shown = {};
  let ended = document.body.dataset.ended;
  events.onmessage = (message) => {
    const found = JSON.parse(message.data);
    for (const place of ["strip", "live", "account"]) {
      const element = document.getElementById(place);
      if (element && shown[place] !== found[place]) {
        element.innerHTML = shown[place] = found[place];
      }
    }
    if (String(found.ended) !== ended) {
      ended = String(found.ended);
      renew();
    }
  };
  addEventListener("pagehide", () => events.close());
}

// A job has ended: what it changed is shown anew, without losing one's place or what is open.
async function renew() {
  const parts = document.querySelectorAll("[data-renew]");
  if (!parts.length) return;
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of parts) {
    const other = fresh.getElementById(part.id);
    if (other) part.replaceWith(document.importNode(other, true));
  }
}

// The editor asks what its text would make, as soon as the typing rests.
function edit(form) {
  const text = form.elements.text, place = document.getElementById("check");
  let timer = 0, asked = 0;
  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const mine = ++asked;
      place.setAttribute("aria-busy", "true");
      const answer = await post("/recipes/check", { index: form.elements.index.value, text: text.value });
      const shown = await answer.text();
      if (mine !== asked) return;
      place.innerHTML = shown;
      place.removeAttribute("aria-busy");
    }, 350);
  });
}

listen();
// Scripts that wait for the page run when all of it is there.
const editor = document.getElementById("editor");
if (editor) edit(editor);
