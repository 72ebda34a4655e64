import java.util.Arrays;

/** What can be measured, in the order in which it is; the names are those of the command line. */
enum Case {
    LIVE("from a script's write to a viewer's WebSocket frame, one real agent", LiveCase::run),
    AGENT("the agent: memory, start to connected", AgentCase::run),
    IDLE("agents connected: memory and CPU of the node", IdleCase::run),
    COMMAND("one command on all, and the floor under it", CommandCase::run),
    GRAY("the same with gray_count 100", CommandCase::runGray),
    API("lists and details while commands run", ApiCase::run),
    RESTART("kill -9 of the node with records in flight", RestartCase::run),
    FEWER("one command among --fewer, and what a desktop costs among --agents against that", CommandCase::runFewer),
    OUTPUT("200 agents writing without pause, and a quiet desktop's live latency", OutputCase::run),
    STORM("reconnect storms, slow readers, a slow viewer, failures and their retry", StormCase::run),
    HISTORY("lists with many records stored", HistoryCase::run),
    SCHEDULES("10,000 scheduled tasks due in the same second", ScheduleCase::run),
    FLOOR("the floor under command alone, among --fewer and --agents", FloorCase::run),
    SHORT("1,000 agents: command, gray, output, kill -9; correctness only, for scripts/verify", ShortCase::run);

    interface Play {
        void on(Stage stage) throws Exception;
    }

    private final String about;
    private final Play play;

    Case(String about, Play play) {
        this.about = about;
        this.play = play;
    }

    String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    String about() {
        return about;
    }

    void run(Stage stage) throws Exception {
        play.on(stage);
    }

    /** Part of a run without a name. */
    boolean isUsual() {
        return this != SHORT && this != FLOOR;
    }

    static Case named(String word) {
        return Arrays.stream(values())
                .filter(each -> each.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is no case " + word + ": scripts/bench --help lists them"));
    }
}
