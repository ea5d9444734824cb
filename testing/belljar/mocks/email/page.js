// The inbox for a person: mails of a namespace, new ones as they come. Nothing of a mail is ever put
// into this page as HTML: text goes in as text, HTML into a frame that may run and load nothing.
"use strict";

const $ = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
let namespace = asked.get("namespace") || "default";
let mails = [];
let shown = asked.get("mail");
let generation = 0;

const base = () => `/_belljar/ns/${encodeURIComponent(namespace)}`;

async function get(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${response.status} ${path}`);
  return response.json();
}

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function list() {
  const wanted = $("search").value.toLowerCase();
  const rows = mails
    .filter((mail) => [mail.subject, mail.from, ...mail.recipients].join(" ").toLowerCase().includes(wanted))
    .reverse()
    .map((mail) => {
      const row = document.createElement("li");
      const button = element("button", "", { type: "button", "aria-current": String(shown === mail.id) });
      button.append(element("span", mail.subject || "(no subject)", { dir: "auto" }));
      const when = new Date(mail.received * 1000).toLocaleTimeString();
      button.append(element("small", `${when}  ${mail.recipients.join(", ")}`));
      button.addEventListener("click", () => show(mail.id));
      row.append(button);
      return row;
    });
  $("list").replaceChildren(...rows);
  $("none").hidden = rows.length > 0 || shown !== null;
}

// The address is that of what is shown: it can be sent to others, and survives a reload.
function remember() {
  const query = new URLSearchParams(shown ? { namespace, mail: shown } : { namespace });
  history.replaceState(null, "", `?${query}`);
}

async function show(id) {
  shown = id;
  remember();
  list();
  let mail;
  try {
    mail = await get(`${base()}/messages/${id}`);
  } catch (error) {
    $("state").textContent = error.message;
    return;
  }
  if (shown !== id) return; // another was chosen meanwhile
  const at = `${base()}/messages/${id}`;
  $("subject").textContent = mail.subject || "(no subject)";
  const envelope = [
    ["From", mail.from || mail.sender],
    ["To", mail.recipients.join(", ")],
    ["Login", mail.user || "none"],
    ["Transport", mail.tls ? "encrypted" : "plain"],
  ];
  $("envelope").replaceChildren(...envelope.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
  const views = {};
  if (mail.html) views.HTML = () => frame(`${at}/html`);
  if (mail.text || !mail.html) views.Text = () => text(mail.text);
  views.Headers = () => text(mail.headers.map(([name, value]) => `${name}: ${value}`).join("\n"));
  views.Source = async () => text(await (await fetch(`${at}/raw`)).text());
  const buttons = Object.entries(views).map(([name, view]) => {
    const button = element("button", name, { type: "button", role: "tab" });
    button.addEventListener("click", () => {
      for (const other of buttons) other.setAttribute("aria-selected", String(other === button));
      view();
    });
    return button;
  });
  $("views").replaceChildren(...buttons);
  $("attachments").replaceChildren(
    ...mail.attachments.map((one, number) => {
      const row = document.createElement("li");
      const name = one.name || `attachment-${number}`;
      const link = element("a", `${name} (${one.content_type}, ${one.size} bytes)`, {
        href: `${at}/attachments/${number}`,
        download: name,
      });
      row.append(link);
      return row;
    }),
  );
  $("mail").hidden = false;
  buttons[0].click();
}

function frame(address) {
  $("html").src = address;
  $("html").hidden = false;
  $("text").hidden = true;
}

function text(content) {
  $("text").textContent = content;
  $("text").hidden = false;
  $("html").hidden = true;
}

async function choose() {
  const { namespaces } = await get("/_belljar/ns");
  const names = [...new Set([...namespaces, namespace])].sort();
  $("namespace").replaceChildren(...names.map((name) => element("option", name, { value: name })));
  $("namespace").value = namespace;
}

const marks = (those) => those.map((mail) => `${mail.id} ${mail.received}`).join();

async function follow() {
  const mine = ++generation;
  mails = (await get(`${base()}/messages`)).messages;
  const { smtp, smtps } = await get(`${base()}/ports`);
  const login = namespace === "default" ? "" : `, as the user ${namespace}`;
  $("ports").textContent = `port ${smtp}, or ${smtps} with TLS${login}`;
  list();
  if (shown) show(shown);
  while (mine === generation) {
    const last = mails.length ? mails[mails.length - 1].id : "0";
    try {
      await get(`${base()}/messages?after=${last}&wait=5`);
      // All of them: some may have been deleted, and after a reset the numbers begin anew.
      const found = (await get(`${base()}/messages`)).messages;
      if (mine !== generation) return;
      $("state").textContent = "";
      const changed = marks(found) !== marks(mails);
      mails = found;
      if (changed) list(); // else who walks through the list by keyboard would lose the place
    } catch {
      $("state").textContent = "the server does not answer";
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

$("search").addEventListener("input", list);
$("namespace").addEventListener("focus", () => choose().catch(() => {}));
$("namespace").addEventListener("change", () => {
  namespace = $("namespace").value;
  shown = null;
  remember();
  $("mail").hidden = true;
  follow();
});
choose()
  .then(follow)
  .catch(() => ($("state").textContent = "the server does not answer"));
