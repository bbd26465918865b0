"""The command room's service: events in, state, plan and recommendations out, over HTTP."""
