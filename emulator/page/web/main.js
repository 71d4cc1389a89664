// The emulator's page. Everything here is drawn from the emulator's feed; see state.js for its shape.

import { connect } from "./feed.js";
import { ear, startEar } from "./ear.js";
import { startAgents } from "./agents.js";
import { startBadDays } from "./bad_days.js";
import { startLine } from "./line.js";
import { startLook } from "./look.js";
import { startPhone } from "./phone.js";
import { startRung } from "./rung.js";
import { startService } from "./service.js";
import { startStory } from "./story.js";

startLook();
startLine();
startPhone();
startRung();
startAgents();
startStory();
startEar();
startService();
startBadDays();
connect(() => ear.on);
