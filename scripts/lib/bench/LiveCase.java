/** One real agent, one viewer, nothing else. */
final class LiveCase {
    private static final int WARM_UP_LINES = 100;
    private static final int LINES = 200;

    private LiveCase() {}

    static void run(Stage stage) throws Exception {
        stage.setNode();
        RealAgent agent = RealAgent.start(stage, "quiet", "live");
        try {
            Sample first = LiveViewer.measure(stage.api(), agent.desktopId(), WARM_UP_LINES);
            Sample lines = LiveViewer.measure(stage.api(), agent.desktopId(), LINES);
            stage.report().add(Row.p99("live: p99, first task after the start", 1, "ms", first, null,
                    "median " + Sample.text(first.median()) + " ms"));
            stage.report().add(Row.p99("live: p99", 1, "ms", lines, null, "median " + Sample.text(lines.median()) + " ms"));
        } finally {
            agent.stop();
        }
    }
}
