package io.deskwave.control.execution;

import java.util.Set;
import java.util.UUID;

/** Rung after every commit that changed executions. Who listens is not known here; a ring may be lost. */
@FunctionalInterface
public interface Ring {
    /**
     * Something changed.
     *
     * @param taskIds the tasks whose story has grown
     * @param work whether a desktop may have something to do now
     */
    void rung(Set<UUID> taskIds, boolean work);
}
