// The study's page: asks the server where the participant is, shows the current trial, measures how long its pictures
// were really on the screen, sends the answer. It knows nothing of what it shows before the answer is in.
"use strict";

const $ = (id) => document.getElementById(id);
const frames = [...document.querySelectorAll(".frame")].map((box) => ({
  box, img: box.querySelector("img"), button: box.querySelector("button"), verdict: box.querySelector("p"),
}));
const rates = [...document.querySelectorAll(".rate")];
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const frame = () => new Promise(requestAnimationFrame);
let state, asked = null;   // asked: takes the choice while a question is open
let wentHidden = false;
document.addEventListener("visibilitychange", () => { if (document.hidden) wentHidden = true; });

function section(name) {
  for (const one of document.querySelectorAll("section")) one.hidden = one.id !== name;
  $(name).querySelector("h1").focus({ preventScroll: name === "trial" });
}

function notice(text) {
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

// Ask the server until it answers: it may be restarted meanwhile, and what was sent twice is kept once.
async function ask(path, body) {
  for (let wait = 500; ; wait = Math.min(wait * 1.5, 5000)) {
    try {
      const options = body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {};
      const response = await fetch(path, options);
      if (response.status < 500) {
        notice("");
        return { ok: response.ok, status: response.status, data: await response.json().catch(() => ({})) };
      }
    } catch { /* no connection: the same as a server that fails */ }
    notice("The server does not answer. Trying again; nothing is lost.");
    await pause(wait);
  }
}

function paragraphs(box, texts) {
  box.replaceChildren(...texts.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
}

function pressed(button) {
  return new Promise((done) => { button.onclick = () => { button.onclick = null; done(); }; });
}

const seconds = () => (state.exposure === 1 ? "one second" : `${state.exposure} seconds`);

function words() {
  if (state.kind === "rating") {
    return [
      `You will see ${state.practice + state.trials} photographs, one after the other` + (state.exposure ? `, each for ${seconds()}.` : "."),
      "Some of them have their own colors, others were colored by a computer program. Say of each whether it looks natural to you.",
      "Answer at a glance; there is no right or wrong. Press a button, or Y for natural and N for not natural.",
    ];
  }
  return [
    "You will see pairs of pictures, one after the other. Both show the same photograph: one with its real colors, one with fake colors made by a computer program.",
    `Each picture is shown for ${seconds()}. Then say which one had the fake colors; take as long as you like. If you don't know, guess.`,
    "Press the place of the picture, or the keys 1 and 2 (left and right arrow do as well).",
    state.practice ? `It begins with ${state.practice} practice pairs, after which you are told what was right. Then follow ${state.trials} pairs without.` : `There are ${state.trials} pairs.`,
  ];
}

async function ready(title, texts, label) {
  $("ready-title").textContent = title;
  paragraphs($("ready-text"), texts);
  $("go").textContent = label;
  section("ready");
  await pressed($("go"));
}

// From one animation frame to the frame nearest to `ms` later; the time between the two is the time it was seen.
async function expose(img, ms) {
  const begin = await frame();
  img.classList.add("seen");
  let now = begin, half = 8;
  do {
    const next = await frame();
    half = Math.min(half, (next - now) / 2);
    now = next;
  } while (now - begin < ms - half);
  img.classList.remove("seen");
  return now - begin;
}

function blank() {
  for (const { box, img, button, verdict } of frames) {
    img.classList.remove("seen");
    button.classList.remove("seen");
    button.disabled = true;
    verdict.classList.remove("seen");
    box.classList.remove("chosen");
  }
  for (const one of rates) one.disabled = true;
  $("question").textContent = "";
  $("feedback").hidden = true;
}

async function load(img, word) {
  img.src = `/picture/${word}`;
  await img.decode();
}

function choose(buttons) {
  for (const one of buttons) { one.disabled = false; one.classList.add("seen"); }
  return new Promise((done) => {
    asked = (choice) => { asked = null; for (const one of buttons) one.disabled = true; done(choice); };
    buttons.forEach((one, place) => { one.onclick = () => asked && asked(state.kind === "rating" ? 1 - place : place); });
  });
}

async function show(trial) {
  const rating = state.kind === "rating";
  const used = frames.slice(0, trial.pictures.length);
  frames.forEach((one, place) => { one.box.hidden = place >= used.length; });
  $("yes-no").hidden = !rating;
  $("place").textContent = `${trial.practice ? "Practice" : rating ? "Photograph" : "Pair"} ${trial.number} of ${trial.practice ? state.practice : state.trials}`;
  blank();
  section("trial");
  await Promise.all(used.map((one, place) => load(one.img, trial.pictures[place])));
  while (document.hidden) await pause(100);
  wentHidden = false;
  const shown = [];
  const untilAnswered = state.exposure === null;
  const ms = (state.exposure ?? 1) * 1000;
  let begin = 0;
  for (const [place, one] of used.entries()) {
    await pause(ms * (untilAnswered ? 0.3 : place ? 0.6 : 0.9));
    if (untilAnswered) { begin = await frame(); one.img.classList.add("seen"); } else shown.push(await expose(one.img, ms));
  }
  const hidden = wentHidden;
  if (!untilAnswered) await pause(ms * 0.1);
  $("question").textContent = rating ? "Does this photograph look natural to you?" : "Which picture had the fake colors?";
  $("question").focus({ preventScroll: true });
  const asking = performance.now();
  const choice = await choose(rating ? rates : used.map((one) => one.button));
  const response = performance.now() - asking;
  if (untilAnswered) { shown.push(performance.now() - begin); used[0].img.classList.remove("seen"); }
  return { trial: trial.trial, choice, shown, response, hidden };
}

async function feedback(choice, fake) {
  frames.forEach(({ box, img, button, verdict }, place) => {
    button.classList.remove("seen");
    img.classList.add("seen");
    verdict.textContent = place === fake ? "fake colors" : "real colors";
    verdict.classList.add("seen");
    box.classList.toggle("chosen", place === choice);
  });
  $("question").textContent = choice === fake ? "✓ Right. You found the fake." : "✗ No, those colors were real.";
  $("feedback").hidden = false;
  $("on").focus({ preventScroll: true });
  await pressed($("on"));
}

async function trials() {
  const stage = state.stage;
  while (state.stage === stage) {
    const next = await ask("/api/next", {});
    if (!next.ok) { state = (await ask("/api/state")).data; continue; }
    let report;
    try {
      report = await show(next.data);
    } catch {   // a picture that can't be loaded: the trial begins again
      notice("A picture could not be loaded. Trying again.");
      await pause(1000);
      continue;
    }
    const answer = await ask("/api/answer", report);
    if (!answer.ok) {
      await ready("This study is open elsewhere", ["The pair you answered was shown again in another tab or window. Go on there, or here.", "Please use one tab only."], "Go on here");
      state = (await ask("/api/state")).data;
      continue;
    }
    if (answer.data.fake !== null) await feedback(report.choice, answer.data.fake);
    state = answer.data;
  }
}

function end(title, text) {
  $("end-title").textContent = title;
  $("end-text").textContent = text;
  section("end");
}

async function consent() {
  for (const one of document.querySelectorAll(".minutes")) one.textContent = state.minutes === 1 ? "one minute" : `${state.minutes} minutes`;
  if (state.consent.length) paragraphs($("consent-text"), state.consent);
  $("agree").onchange = () => { $("join").disabled = !$("agree").checked; };
  $("agree").onchange();
  section("consent");
  await pressed($("join"));
  $("join").disabled = true;
  state = (await ask("/api/consent", { agree: true })).data;
}

async function run() {
  const answer = await ask("/api/state");
  if (!answer.ok) { end("This browser keeps no cookies", answer.data.detail ?? "Please load the page again."); return; }
  state = answer.data;
  if (state.stage === "consent") await consent();
  if (state.stage === "full") { end("Thank you", "The study has all the participants it needs."); return; }
  while (state.stage !== "done") {
    const first = state.stage === "practice" || !state.practice;
    const back = state.answered > 0;
    if (back) await ready("Welcome back", [`You have answered ${state.answered} so far, and go on there.`, ...words().slice(1, 3)], "Go on");
    else if (first) await ready("What to do", words(), state.practice ? "Start practice" : "Start");
    else await ready("That was practice", [`Now follow ${state.trials} ${state.kind === "rating" ? "photographs" : "pairs"}` + (state.kind === "rating" ? "." : ", and you are no longer told what was right.")], "Start");
    await trials();
  }
  const found = state.correct === null ? "" : ` You found the fake colors in ${state.correct} of ${state.trials} pairs.`;
  end("Thank you", `That was all, and your answers are kept.${found} You can close this page.`);
}

document.addEventListener("keydown", (event) => {
  if (!asked || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = state.kind === "rating" ? { n: 0, y: 1 } : { 1: 0, 2: 1, ArrowLeft: 0, ArrowRight: 1, ArrowUp: 0, ArrowDown: 1 };
  const choice = keys[event.key] ?? keys[event.key.toLowerCase()];
  if (choice !== undefined) { event.preventDefault(); asked(choice); }
});

function label(button, text, key) {
  button.append(text, Object.assign(document.createElement("kbd"), { textContent: key, ariaHidden: "true" }));
}
label(frames[0].button, "First picture", "1");
label(frames[1].button, "Second picture", "2");
label(rates[0], "Natural", "Y");
label(rates[1], "Not natural", "N");
run();
