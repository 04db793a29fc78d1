// The theme that was chosen, before the page is drawn, so that nothing flashes; without one it is as the system says.
try { document.documentElement.style.colorScheme = localStorage.theme ?? ""; } catch { /* a browser that keeps nothing */ }
