package io.deskwave.control.live;

/** How many may watch tasks on one node, all its event loops together. Safe for all threads. */
public final class Seats {
    private static final int MOST_WITHOUT_TOKEN = 256;

    /** Each looks at the database with every ring of its task, and holds a connection. */
    private static final int MOST_VIEWERS = 1_000;

    private final Lobby lobby = new Lobby(MOST_WITHOUT_TOKEN);
    private final Lobby viewers = new Lobby(MOST_VIEWERS);

    /** For WebSockets that have not said yet who they are. */
    Lobby lobby() {
        return lobby;
    }

    Lobby viewers() {
        return viewers;
    }
}
