// The Terminal tab: xterm.js draws and listens, a WebSocket carries. Every word shown here comes with the page.
import "/vendor/xterm/xterm.js";
import "/vendor/xterm/addon-fit.js";

const here = document.getElementById("terminal");
const said = document.getElementById("terminal-said");
const run = document.getElementById("terminal-run");
const root = document.documentElement;
const nonce = document.querySelector("script[nonce]").nonce;

// The page's policy lets style elements in by the nonce, and no style attributes; xterm.js makes both. Its option for
// another document does not reach all that it makes, so that elements are made lawful where all are made.
const create = document.createElement.bind(document);
document.createElement = (name, options) => {
	const element = create(name, options);
	if (element instanceof HTMLStyleElement) element.nonce = nonce;
	element.setAttribute = setAttribute;
	return element;
};
function setAttribute(name, value) {
	if (name === "style") this.style.cssText = value;
	else Element.prototype.setAttribute.call(this, name, value);
}

const token = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const theme = () => ({
	background: token("--card"),
	foreground: token("--ink"),
	cursor: token("--accent"),
	cursorAccent: token("--card"),
	selectionBackground: token("--mark"),
	black: token("--ink"),
	red: token("--bad"),
	green: token("--ok"),
	yellow: token("--warn"),
	blue: token("--run"),
	magenta: token("--accent"),
	cyan: token("--run"),
	white: token("--mute"),
	brightBlack: token("--mute"),
	brightRed: token("--bad-fill"),
	brightGreen: token("--ok-fill"),
	brightYellow: token("--warn-fill"),
	brightBlue: token("--run-fill"),
	brightMagenta: token("--accent"),
	brightCyan: token("--run-fill"),
	brightWhite: token("--ink"),
});
Terminal.strings.promptLabel = here.getAttribute("aria-label");
Terminal.strings.tooMuchOutput = here.dataset.much;
const terminal = new Terminal({
	fontFamily: token("--mono"),
	fontSize: 13,
	// as text on a card, whatever colours a program chooses
	minimumContrastRatio: 4.5,
	screenReaderMode: true,
	theme: theme(),
});
const fit = new FitAddon.FitAddon();
terminal.loadAddon(fit);
terminal.open(here);

const dress = () => (terminal.options.theme = theme());
new MutationObserver(dress).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", dress);
new ResizeObserver(() => fit.fit()).observe(here);

const say = (state, text) => {
	here.dataset.state = state;
	said.textContent = text;
};
const text = new TextEncoder();
let socket;

const send = (bytes) => socket?.readyState === WebSocket.OPEN && socket.send(bytes);
const tell = (what) => send(JSON.stringify(what));
const size = () => tell({ size: [terminal.cols, terminal.rows] });

function start() {
	socket?.close();
	terminal.reset();
	say("opening", here.dataset.opening);
	const address = new URL(here.dataset.socket, location.href);
	address.protocol = address.protocol.replace("http", "ws");
	address.searchParams.set("command", run.elements.command.value);
	const mine = (socket = new WebSocket(address));
	mine.binaryType = "arraybuffer";
	let end = here.dataset.broken;
	mine.onopen = () => {
		say("open", here.dataset.open);
		size();
	};
	mine.onmessage = ({ data }) => {
		if (mine !== socket) return;
		if (typeof data === "string") {
			end = JSON.parse(data).end;
			return;
		}
		// the server sends no more than it knows to be drawn, and some
		terminal.write(new Uint8Array(data), () => mine === socket && tell({ drawn: data.byteLength }));
	};
	mine.onclose = () => {
		if (mine === socket) say("ended", end);
	};
	terminal.focus();
}

// What comes without a key (emoji, dictation) xterm.js passes over where its lines are read aloud.
let pressed = false;
terminal.textarea.addEventListener("keydown", () => (pressed = true), true);
terminal.textarea.addEventListener("keyup", () => (pressed = false), true);
terminal.textarea.addEventListener("input", ({ data, inputType }) => {
	if (data && inputType === "insertText" && !pressed) terminal.input(data);
});

terminal.onData((data) => send(text.encode(data)));
terminal.onBinary((data) => send(Uint8Array.from(data, (c) => c.charCodeAt(0))));
terminal.onResize(size);
terminal.attachCustomKeyEventHandler((event) => {
	if (!event.ctrlKey || event.altKey || event.metaKey) return true;
	const key = event.key.toLowerCase();
	if (key === "enter" && event.shiftKey) {
		event.preventDefault();
		if (event.type === "keydown") run.elements.command.focus();
		return false;
	}
	if (key === "c" && (event.shiftKey || terminal.hasSelection())) {
		event.preventDefault();
		if (event.type === "keydown") copy();
		return false;
	}
	// the browser pastes, and the terminal hears of that
	return key !== "v";
});

function copy() {
	// only a page that came over a safe way has a clipboard; the event of the other one is xterm.js's
	if (navigator.clipboard) navigator.clipboard.writeText(terminal.getSelection()).then(() => terminal.clearSelection());
	else document.execCommand("copy");
}

run.addEventListener("submit", (event) => {
	event.preventDefault();
	start();
});
addEventListener("pagehide", () => socket?.close());
fit.fit();
start();
