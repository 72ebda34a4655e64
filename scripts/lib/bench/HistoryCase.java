/** Lists with many records stored: a program of its own, which brings its rows and its table. */
final class HistoryCase {
    private HistoryCase() {}

    static void run(Stage stage) {
        stage.report().notRun("the loader of history is not there yet");
    }
}
