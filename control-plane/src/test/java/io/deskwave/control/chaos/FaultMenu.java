package io.deskwave.control.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** All faults that can be made on a site. */
final class FaultMenu {
    private static final int HOUR_SECONDS = 3600;

    private final Site site;
    private final Disturbed disturbed;
    private final List<Fault> faults = new ArrayList<>();

    private FaultMenu(Site site, Disturbed disturbed) {
        this.site = site;
        this.disturbed = disturbed;
    }

    static List<Fault> of(Site site, Disturbed disturbed) {
        var menu = new FaultMenu(site, disturbed);
        site.desks().forEach(menu::addDesk);
        site.nodes().forEach(menu::addNode);
        menu.addDatabase();
        menu.addNodeDisk();
        return List.copyOf(menu.faults);
    }

    private void add(
            String kind,
            String target,
            String need,
            int weight,
            int least,
            int most,
            Fault.Step begin,
            Fault.Step end) {
        faults.add(new Fault(kind, target, Set.of(need), weight, least, most, begin, end));
    }

    private void addDesk(Desk desk) {
        String name = desk.name();
        FaultyLink link = desk.link();
        add("agent killed", name, name, 10, 0, 12, desk::kill, desk::up);
        add("agent frozen", name, name, 8, 1, 45, desk::freeze, desk::thaw);
        add("agent stopped", name, name, 4, 0, 10, desk::terminate, desk::up);
        add("connection cut", name, "link " + name, 8, 0, 1, link::cut, () -> {});
        add("connection half-open", name, "link " + name, 8, 3, 50, link::stall, () -> {
            link.go();
        });
        add("connection slow", name, "link " + name, 5, 5, 40, () -> link.slow(4_000), () -> link.slow(0));
        add(
                "frames doubled and swapped",
                name,
                "link " + name,
                8,
                10,
                60,
                () -> link.disturb(0.2, 0.2),
                () -> endDisturbance(link));
        Disk disk = desk.disk();
        if (disk != null) {
            add(
                    "disk of an agent full",
                    name,
                    "disk " + name,
                    5,
                    3,
                    30,
                    () -> {
                        disturbed.begin(name);
                        disk.fill();
                    },
                    () -> {
                        disk.free();
                        disturbed.end(name);
                    });
        }
        if (desk.hasOwnClock()) {
            add(
                    "clock an hour ahead",
                    name,
                    "clock " + name,
                    3,
                    15,
                    60,
                    () -> desk.moveClock(HOUR_SECONDS),
                    () -> desk.moveClock(0));
            add(
                    "clock an hour behind",
                    name,
                    "clock " + name,
                    3,
                    15,
                    60,
                    () -> desk.moveClock(-HOUR_SECONDS),
                    () -> desk.moveClock(0));
        }
    }

    /** TCP delivers nothing in the wrong order, so neither side asks for what is missing then: the next session does. */
    private static void endDisturbance(FaultyLink link) {
        link.disturb(0, 0);
        link.cut();
    }

    private void addNode(Node node) {
        String name = node.name();
        // With the only node everything stands still: there has to be time for work between two such faults.
        boolean alone = site.nodes().size() == 1;
        add("node killed", name, name, alone ? 4 : 8, 0, 12, node::kill, node::up);
        add("node frozen", name, name, alone ? 3 : 7, 1, 45, node::freeze, node::thaw);
        add("node stopped", name, name, alone ? 2 : 5, 0, 8, node::terminate, node::up);
    }

    private void addDatabase() {
        var database = new DatabaseFaults(site);
        add("PostgreSQL killed", "", "postgres", 7, 0, 12, database::kill, database::start);
        add("PostgreSQL frozen", "", "postgres", 6, 1, 25, database::freeze, database::thaw);
        add("PostgreSQL restarted", "", "postgres", 7, 0, 4, database::stop, database::start);
        add(
                "connections of the database used up",
                "",
                "connections",
                5,
                3,
                20,
                database::useUpConnections,
                database::giveConnectionsBack);
        Disk disk = site.databaseDisk();
        if (disk != null) {
            add("disk of PostgreSQL full", "", "postgres disk", 4, 2, 20, disk::fill, disk::free);
        }
    }

    /** With one node that is the disk of its PostgreSQL too. */
    private void addNodeDisk() {
        Disk disk = site.nodeDisk();
        if (disk != null && !disk.equals(site.databaseDisk())) {
            add("disk of a node full", "node-1", "node disk", 3, 3, 25, disk::fill, disk::free);
        }
    }
}
