package io.deskwave.protocol;

/** What an agent can do to its own machine. */
public enum PowerAction {
    REBOOT,
    STOP,
    HIBERNATE
}
