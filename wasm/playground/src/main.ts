import { mount } from "svelte";
import "./style.css";
import App from "./App.svelte";
import { language } from "./messages";

document.documentElement.lang = language;
const target = document.getElementById("app");
if (target) mount(App, { target });

if ("serviceWorker" in navigator && import.meta.env.PROD) {
  // Without it the page works as well, but not without a network.
  navigator.serviceWorker.register("./sw.js").catch(() => {});
}
