(async (js, wasm) => {
	// Where a row of tabs is wider than the window, that of this page is in it; the page itself is not scrolled.
	const tab = document.querySelector(".go[aria-current]");
	tab?.parentElement.scrollTo(tab.offsetLeft - tab.parentElement.clientWidth / 2, 0);
	const mod = await import(js);
	await mod.default({ module_or_path: wasm });
	mod.hydrate();
	for (const island of document.querySelectorAll("leptos-island")) {
		await mod[island.dataset.component]?.(island);
	}
	document.documentElement.dataset.awake = "";
	performance.mark("awake");
})
