// Kontor's script: htmx and a few small modules. Every page does its main job without it.
import htmx from "htmx.org";
import "htmx.org/dist/ext/hx-sse.js";
import "./parts/requests.js";
import "./parts/dialogs.js";
import "./parts/toasts.js";
import "./parts/focus.js";
import "./parts/live.js";
import "./parts/clock.js";
import "./parts/keys.js";
import "./parts/drafts.js";
import "./parts/theme.js";
import "./parts/pictures.js";
import "./parts/signature.js";
import "./parts/handover.js";
import "./parts/waiting.js";
import "./parts/offline.js";
import "./parts/board.js";

window.htmx = htmx;
