package io.deskwave.control.execution;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Which desktops run first. Pure: the same targets and wishes give the same plan.
 *
 * @param gray the first batch; empty when everything runs at once
 * @param rest everybody else, in the order of the targets
 */
public record BatchPlan(List<UUID> gray, List<UUID> rest) {

    /** A desktop that is to run something. */
    public record Candidate(UUID desktopId, boolean online) {}

    public BatchPlan {
        gray = List.copyOf(gray);
        rest = List.copyOf(rest);
    }

    public boolean hasGray() {
        return !gray.isEmpty();
    }

    /** 0 without a gray batch, 1 for the gray batch, 2 for the rest: {@code execute_order} on the wire. */
    public List<Integer> batchOf(List<UUID> desktopIds) {
        Set<UUID> first = new HashSet<>(gray);
        return desktopIds.stream()
                .map(id -> !hasGray() ? 0 : first.contains(id) ? 1 : 2)
                .toList();
    }

    /**
     * A count wins over ids and takes online desktops first, since a desktop that is away proves nothing. A count of at
     * least the number of targets, or ids that name them all, is one batch.
     *
     * @throws IllegalArgumentException when a gray id is not among the targets; the message names it
     */
    public static BatchPlan of(List<Candidate> targets, int grayCount, List<UUID> grayIds) {
        List<UUID> all = targets.stream().map(Candidate::desktopId).toList();
        Set<UUID> gray = grayCount > 0 ? firstOnline(targets, grayCount) : named(all, grayIds);
        if (gray.size() >= all.size()) {
            return new BatchPlan(List.of(), all);
        }
        return new BatchPlan(
                all.stream().filter(gray::contains).toList(),
                all.stream().filter(id -> !gray.contains(id)).toList());
    }

    private static Set<UUID> firstOnline(List<Candidate> targets, int count) {
        var sorted = new ArrayList<Candidate>(targets.size());
        targets.stream().filter(Candidate::online).forEach(sorted::add);
        targets.stream().filter(target -> !target.online()).forEach(sorted::add);
        return sorted.stream().limit(count).map(Candidate::desktopId).collect(Collectors.toSet());
    }

    private static Set<UUID> named(List<UUID> all, List<UUID> grayIds) {
        Set<UUID> gray = new LinkedHashSet<>(grayIds);
        Set<UUID> known = new HashSet<>(all);
        for (UUID id : gray) {
            if (!known.contains(id)) {
                throw new IllegalArgumentException("the gray desktop " + id + " is not among the targets");
            }
        }
        return gray;
    }
}
