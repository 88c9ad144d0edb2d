/* replay.js - the page of a replay while it runs: looks again by itself, until
 * it is done. */

const EVERY_MS = 1000;

export function start(desk) {
	const look = async () => {
		const box = desk.live("replay");
		if (box.dataset.replay !== "runs") {
			return;
		}
		if (!document.hidden) {
			try {
				const { page } = await desk.fetchPage(location.href);
				const fresh = page && desk.live("replay", page);
				if (fresh) {
					box.replaceWith(document.adoptNode(fresh));
					desk.refreshTimes?.(fresh);
				}
			} catch {
				/* the next one may come through */
			}
		}
		setTimeout(look, EVERY_MS);
	};
	setTimeout(look, EVERY_MS);
}
