package io.deskwave.agent;

/** The person who started the agent has to change something: one sentence says what. Exit code 2. */
public final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message, null, false, false);
    }
}
