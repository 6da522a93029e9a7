// Speaks with a Jupyter server: a session that is found again by its path, its kernel, a socket.
// Whichever of them goes, it is looked for until it is there again. A message is binary, as
// JupyterLab sends it: how many offsets, the offsets, then the parts that they divide.

const PROTOCOL = "v1.kernel.websocket.jupyter.org";
const TICK = 250; // all times are in milliseconds
const BEAT = 2000; // from one question whether the kernel is there to the next
const SILENT = 3000; // after so long without an answer nobody waits for the kernel any more
const LOST = 12000; // after so long the socket counts as dead, whatever it says of itself
const STARTING = 60000; // a kernel may take so long before the server lets the socket open
const AGAIN = [200, 500, 1000, 2000]; // before the first, second, … attempt to connect

function toBytes(channel, parts) {
  const encoder = new TextEncoder();
  const pieces = [channel, ...parts.map((part) => JSON.stringify(part))].map((t) => encoder.encode(t));
  const offsets = [8 * (pieces.length + 2)];
  pieces.forEach((piece) => offsets.push(offsets.at(-1) + piece.length));
  const bytes = new Uint8Array(offsets.at(-1)), view = new DataView(bytes.buffer);
  [offsets.length, ...offsets].forEach((n, i) => view.setBigUint64(8 * i, BigInt(n), true));
  pieces.forEach((piece, i) => bytes.set(piece, offsets[i]));
  return bytes;
}

function fromBytes(buffer) {
  const view = new DataView(buffer), number = (i) => Number(view.getBigUint64(8 * i, true));
  const part = (i) => new DataView(buffer, number(i + 1), number(i + 2) - number(i + 1));
  const [header, parent, , content] = [1, 2, 3, 4].map(
    (i) => JSON.parse(new TextDecoder().decode(part(i))));
  const buffers = Array.from({ length: number(0) - 6 }, (_, i) => part(5 + i));
  return { type: header.msg_type, header, parent, content, buffers };
}

// `heard(message)` gets the answers to what this page has asked; other pages' are dropped.
// `arrived(fresh)` says that a kernel answers: a fresh one knows nothing of this page.
// `stands(is)` says whether the kernel answers at present.
function wire({ server, token, path, heard, arrived, stands }) {
  const me = crypto.randomUUID();
  const unanswered = new Map(); // what is asked on the shell channel: message → when
  let socket = null, began = 0; // the socket, and since when it is being opened
  let beat = 0, asked = null; // the last question whether the kernel is there; the oldest unanswered
  let mind = null; // which kernel process has answered last
  let answered = false; // on this socket
  let attempts = 0, next = 0, standing = false, closed = false;

  async function ask(address, body) {
    const reply = await fetch(`${server}/api/${address}`, {
      method: "POST", headers: { Authorization: `token ${token}` }, body: JSON.stringify(body),
      signal: AbortSignal.timeout(STARTING),
    });
    if (!reply.ok) throw new Error(`The server answered ${reply.status}.`);
    return reply.json();
  }

  async function connect() {
    next = Infinity; // nobody else tries meanwhile
    try {
      const { kernel } = await ask("sessions",
        { path, name: path, type: "notebook", kernel: { name: "python3" } });
      if (kernel.execution_state === "dead") await ask(`kernels/${kernel.id}/restart`, {});
      if (!closed) open(kernel.id);
    } catch {
      later(); // the server is away, or it refuses: the page goes on with its frames
    }
  }
  function open(kernel) {
    const address = `${server.replace(/^http/, "ws")}/api/kernels/${kernel}/channels`;
    const made = new WebSocket(`${address}?session_id=${me}&token=${token}`, [PROTOCOL]);
    socket = made;
    began = Date.now();
    answered = false;
    asked = null;
    unanswered.clear();
    made.binaryType = "arraybuffer";
    made.addEventListener("open", () => { if (socket === made) pulse(); });
    made.addEventListener("message", (e) => { if (socket === made) receive(fromBytes(e.data)); });
    made.addEventListener("close", () => { if (socket === made) lose(); });
  }
  function lose() {
    const old = socket;
    socket = null;
    answered = false;
    old?.close();
    later();
    look();
  }
  function later() {
    next = Date.now() + AGAIN[Math.min(attempts++, AGAIN.length - 1)];
  }

  function send(channel, type, content) {
    const header = {
      msg_id: crypto.randomUUID(), msg_type: type, session: me, username: "deck", version: "5.3",
      date: new Date().toISOString(),
    };
    if (socket?.readyState !== WebSocket.OPEN) return null;
    socket.send(toBytes(channel, [header, {}, {}, content]));
    if (type === "comm_msg") unanswered.set(header.msg_id, Date.now());
    return header.msg_id;
  }
  function pulse() { // the control channel answers also while the kernel computes
    beat = Date.now();
    asked ??= beat;
    send("control", "kernel_info_request", {});
  }
  function receive(message) {
    if (message.type === "status" && ["restarting", "dead"].includes(message.content.execution_state)) {
      return message.content.execution_state === "dead" ? lose() : gone();
    }
    if (message.parent.session !== me) return; // another window's, or another program's
    if (message.type === "kernel_info_reply") {
      const fresh = mind !== message.header.session, first = !answered;
      [mind, asked, answered, attempts] = [message.header.session, null, true, 0];
      if (fresh) unanswered.clear();
      if (fresh || first) arrived(fresh);
    } else if (message.type === "status" && message.content.execution_state === "idle") {
      unanswered.delete(message.parent.msg_id);
    }
    heard(message);
    look();
  }
  function gone() { // the server starts another kernel in its place; this socket leads there, too
    answered = false;
    asked = Date.now();
    unanswered.clear();
    look();
  }

  function look() {
    const now = Date.now(), waited = Math.min(asked ?? now, ...unanswered.values());
    const is = answered && now - waited < SILENT;
    if (is !== standing) stands(standing = is);
  }
  function tick() {
    const now = Date.now();
    if (!socket) {
      if (now >= next) connect();
    } else if (socket.readyState === WebSocket.CONNECTING) {
      if (now - began > STARTING) lose();
    } else if (asked !== null && now - asked > LOST) lose();
    else if (now - beat > BEAT) pulse();
    look();
  }
  const timer = setInterval(tick, TICK);
  tick();
  return {
    send,
    close() {
      closed = true;
      clearInterval(timer);
      const old = socket;
      socket = null;
      old?.close();
    },
  };
}
