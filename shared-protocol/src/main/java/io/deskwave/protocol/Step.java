package io.deskwave.protocol;

/** Where around a script a power action stands. */
public enum Step {
    PRE_START,
    POST_FINISH
}
