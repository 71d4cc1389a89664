// The tab: words, session, page; and what is shown when nobody is signed in.

import { Api } from "./api.js";
import { App } from "./app.js";
import { leaveToSignIn } from "./in_browser.js";
import { forgetNotes } from "./note.js";
import { SignedOut, isFramed, openSession } from "./session.js";
import { html, render } from "./view.js";
import { speak } from "./words.js";
import { Failed, Welcome } from "./welcome.js";

const root = /** @type {HTMLElement} */ (document.getElementById("app"));

async function start() {
  try {
    const [answer] = await Promise.all([fetch("/tab/config.json"), speak(navigator.languages)]);
    if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
    await enter(await answer.json());
  } catch (problem) {
    show(html`<${Failed} problem=${problem} />`);
  }
}

/** @param {import("./session.js").Config} config */
async function enter(config) {
  /** @param {SignedOut} why */
  const outside = (why, another = false) => show(html`
    <${Welcome} why=${why} signIn=${isFramed ? null : () => leaveToSignIn(config, { another })} />`);
  try {
    const session = await openSession(config);
    const signOut = session.signOut && (() => {
      session.signOut?.();
      forgetNotes();
      outside(new SignedOut("sign_in.left"), true);
    });
    show(html`<${App} api=${new Api(session)} signOut=${signOut} onSignedOut=${outside} />`);
  } catch (problem) {
    if (!(problem instanceof SignedOut)) throw problem;
    outside(problem);
  }
}

/** @param {any} what */
function show(what) {
  root.removeAttribute("aria-busy");
  render(what, root);
}

await start();
