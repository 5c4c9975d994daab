(async (js, wasm) => {
	const mod = await import(js);
	await mod.default({ module_or_path: wasm });
	mod.hydrate();
	for (const island of document.querySelectorAll("leptos-island")) {
		await mod[island.dataset.component]?.(island);
	}
	document.documentElement.dataset.awake = "";
	performance.mark("awake");
})
