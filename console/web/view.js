// What every view imports: markup as tagged templates, and the hooks. One place, so that the
// library is named once.
// A value in a template is always text or an attribute, never markup: whatever a person is called,
// it is shown and not run.

import htm from "./vendor/htm.js";
import { Component, h, render } from "./vendor/preact.js";
import { useCallback, useEffect, useMemo, useRef, useState } from "./vendor/hooks.js";

export const html = htm.bind(h);
export { Component, render, useCallback, useEffect, useMemo, useRef, useState };
