// What every page does once scripts run: local times, copy buttons, tabs, theme, regions that renew themselves.
import { bars } from "./bars";
import { copyButtons } from "./copying";
import { dialogs } from "./dialogs";
import { forms } from "./forms";
import { liveRegions } from "./regions";
import { tabs } from "./tabs";
import { theme } from "./theme";
import { times } from "./times";

document.documentElement.classList.add("js");
liveRegions(); // first: it remembers what the server wrote
times(document);
tabs();
copyButtons();
dialogs();
forms();
bars();
theme();
