import { mount } from "svelte";
import App from "./App.svelte";
import { createServices } from "./services.ts";
import "./styles/app.css";
import { loadTheme, showTheme, themedPage } from "./theme.ts";

// What comes out of the browser's back/forward cache has missed everything, and its locks are gone.
addEventListener("pageshow", (event) => {
  if ((event as PageTransitionEvent).persisted) location.reload();
});
showTheme(loadTheme(() => localStorage), themedPage(document));
const target = document.getElementById("app")!;
// Without Web Crypto nothing can be sealed: browsers keep it for https and for the machine itself.
if (isSecureContext) {
  mount(App, { target, props: { services: createServices() } });
} else {
  const { default: Insecure } = await import("./pages/Insecure.svelte");
  mount(Insecure, { target });
}
