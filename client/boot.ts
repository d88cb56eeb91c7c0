import { mount } from "svelte";
import App from "./App.svelte";
import Insecure from "./pages/Insecure.svelte";
import { createServices } from "./services.ts";
import "./styles/app.css";
import { loadTheme, showTheme, themedPage } from "./theme.ts";

showTheme(loadTheme(() => localStorage), themedPage(document));
const target = document.getElementById("app")!;
// Without Web Crypto nothing can be sealed: browsers keep it for https and for the machine itself.
if (isSecureContext) {
  mount(App, { target, props: { services: createServices() } });
} else {
  mount(Insecure, { target });
}
