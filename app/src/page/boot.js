(async (js, wasm) => {
	// The page is seen before it wakes; one that nobody looks at has no frames.
	const seen = new Promise((done) => {
		document.hidden ? done() : requestAnimationFrame(() => setTimeout(done));
		addEventListener("visibilitychange", done, { once: true });
	});
	// Where a row of tabs is wider than the window, that of this page is in it; the page itself is not scrolled. Within
	// a frame: asked before, the page would be laid out for this alone, and for the frame once more.
	requestAnimationFrame(() => {
		const tab = document.querySelector(".go[aria-current]");
		tab?.parentElement.scrollTo(tab.offsetLeft - tab.parentElement.clientWidth / 2, 0);
	});
	// While the server is away a link would lead to the browser's own page of errors, and all that was known would be
	// gone: the page is left only when somebody answers.
	addEventListener("click", async (event) => {
		const lost = document.querySelector(".state.lost");
		const way = event.target.closest("a[href^='/'], .banner button");
		const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || way?.getAttribute("target");
		if (!lost || !way || elsewhere) return;
		event.preventDefault();
		event.stopImmediatePropagation();
		try {
			await fetch("/favicon.svg", { cache: "no-store" });
		} catch {
			document.querySelector(".banner")?.animate({ opacity: [0.3, 1] }, 400);
			return;
		}
		// a mark of a picture has its address there, too
		const href = way.getAttribute("href");
		href ? location.assign(href) : location.reload();
	}, true);
	// What is typed and ticked stays in its fields when one steps back, and the address says what is shown.
	addEventListener("popstate", () => {
		const asked = new URLSearchParams(location.search);
		const search = document.querySelector("#search[data-live]");
		if (search) search.value = asked.get("q") ?? "";
		const chosen = (asked.get("ns") ?? "").split(",");
		for (const box of document.querySelectorAll("[data-ns]")) box.checked = chosen.includes(box.dataset.ns);
	});
	// Where one was in a list is a row rather than a pixel: by the time that one is back or has reloaded, rows above it are
	// other ones, and of other heights. Who has begun to scroll by then is left alone.
	const top = (row) => row.getBoundingClientRect().top;
	const rows = () => [...document.querySelectorAll("main .list tbody tr")];
	addEventListener("pagehide", () => {
		const row = scrollY > 0 && rows().find((row) => top(row) >= 0);
		// what is said of the history this late is lost where one reloads
		row ? sessionStorage.setItem(location.href, JSON.stringify([row.dataset.k, top(row)])) : sessionStorage.removeItem(location.href);
	});
	let moves = false;
	for (const by of ["wheel", "touchstart", "pointerdown", "keydown"]) {
		addEventListener(by, () => (moves = true), { once: true, passive: true });
	}
	const back = () => {
		const [key, was] = JSON.parse(sessionStorage.getItem(location.href)) ?? [];
		const row = !moves && performance.getEntriesByType("navigation")[0]?.type !== "navigate" && rows().find((row) => row.dataset.k === key);
		if (row) scrollBy(0, top(row) - was);
	};
	try {
		const mod = await import(js);
		await mod.default({ module_or_path: wasm });
		await seen;
		mod.hydrate();
		for (const island of document.querySelectorAll("leptos-island")) {
			await mod[island.dataset.component]?.(island);
		}
	} catch (error) {
		const asleep = document.querySelector("noscript");
		asleep.outerHTML = asleep.textContent;
		throw error;
	} finally {
		// what the first frame left for later
		document.querySelector("#first").remove();
	}
	document.documentElement.dataset.awake = "";
	performance.mark("awake");
	// last: where a browser keeps nothing for the page, it is an error to ask
	back();
})
