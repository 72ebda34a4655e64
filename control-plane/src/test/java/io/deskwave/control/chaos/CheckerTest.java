package io.deskwave.control.chaos;

import static io.deskwave.control.chaos.SoundStory.GRAY;
import static io.deskwave.control.chaos.SoundStory.REST;
import static io.deskwave.control.chaos.SoundStory.TASK;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.chaos.History.Act;
import io.deskwave.control.chaos.History.Attempt;
import io.deskwave.control.chaos.History.EndKey;
import io.deskwave.control.chaos.History.Range;
import io.deskwave.control.chaos.History.Raw;
import io.deskwave.control.chaos.History.Stored;
import io.deskwave.control.chaos.History.StreamKey;
import io.deskwave.control.chaos.History.Watched;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Each way in which a story can be wrong is found, and a sound one is left in peace. */
final class CheckerTest {
    private final SoundStory story = new SoundStory();

    private void isFound(String... words) {
        assertThat(Checker.check(story.told()))
                .anySatisfy(finding -> assertThat(finding).contains(words));
    }

    @Test
    void aSoundStoryGivesNothing() {
        assertThat(Checker.check(story.told())).isEmpty();
    }

    @Test
    void aLostRecord() {
        story.records.remove(1);
        isFound("should have 2 records and has 1: lost");
    }

    @Test
    void aMissingAcknowledgedTask() {
        UUID lost = new UUID(1, 9);
        story.acknowledged.put(lost, 1);
        isFound("task " + lost + " was acknowledged and is lost");
    }

    @Test
    void aTaskThatNobodyOrdered() {
        story.acknowledged.clear();
        isFound("1 tasks that nobody was told of");
    }

    @Test
    void aDoubleStart() {
        story.acts.add(new Act(true, GRAY + "-1", "desk-1"));
        isFound("run " + GRAY + "-1 started twice");
    }

    @Test
    void aStartOnAnotherDesktop() {
        story.acts.set(0, new Act(true, GRAY + "-1", "desk-7"));
        isFound("started on desk-7 and belongs to desk-1");
    }

    @Test
    void aStartOfAnAttemptThatNeverWas() {
        story.acts.add(new Act(true, GRAY + "-2", "desk-1"));
        isFound("run " + GRAY + "-2 started on desk-1 and its record says []");
    }

    @Test
    void aStartOfWhatSaysThatItDidNotStart() {
        story.attempts.set(1, new Attempt(REST, 1, "SKIP", "OFFLINE", null, 0, 0, "t2"));
        story.endings.clear();
        isFound("run " + REST + "-1 started on desk-2 and its record says [SKIP OFFLINE -1]");
    }

    @Test
    void aSuccessWithoutItsStart() {
        story.acts.removeIf(act -> act.run().equals(REST + "-2"));
        isFound("run " + REST + "-2 is SUCCESS EXITED 0 and never started");
    }

    @Test
    void aSuccessWithoutItsEnd() {
        story.acts.remove(story.acts.size() - 1);
        isFound("run " + REST + "-2 is SUCCESS EXITED 0 and never came to its end");
    }

    @Test
    void anotherExitCode() {
        story.attempts.set(0, new Attempt(GRAY, 1, "FAILED", "EXITED", 3, 1, 1, "t1"));
        isFound("exited with 0 and its record says 3");
    }

    @Test
    void aLostResult() {
        story.acts.add(3, new Act(false, REST + "-1", "desk-2"));
        story.attempts.set(1, new Attempt(REST, 1, "FAILED", "INTERRUPTED", null, 10, 0, "t2"));
        isFound("run " + REST + "-1 came to its end on desk-2 and its record says INTERRUPTED");
    }

    @Test
    void twoScriptsAtOnceOnADesktop() {
        story.acts.set(3, new Act(true, REST + "-2", "desk-1"));
        story.acts.set(4, new Act(false, REST + "-2", "desk-1"));
        Act endOfGray = story.acts.remove(1);
        story.acts.add(3, endOfGray);
        isFound("run " + REST + "-2 started on desk-1 before " + GRAY + "-1 had ended there");
    }

    @Test
    void aGapInTheOutput() {
        long end = SoundStory.length(GRAY, 1, "stdout");
        story.outputs.set(0, new Stored(GRAY, 1, "stdout", List.of(new Range(0, 5), new Range(9, end)), -1, end));
        isFound("stdout of run " + GRAY + "-1 has a gap");
    }

    @Test
    void outputThatBeginsTooLate() {
        story.outputs.set(2, new Stored(REST, 1, "stdout", List.of(new Range(3, 10)), -1, 10));
        isFound("stdout of run " + REST + "-1 has a gap");
    }

    @Test
    void outputThatTheScriptNeverPrinted() {
        long end = SoundStory.length(GRAY, 1, "stdout");
        story.outputs.set(0, new Stored(GRAY, 1, "stdout", List.of(new Range(0, end)), 7, end));
        isFound("stdout of run " + GRAY + "-1 is not what the script printed, from byte 7");
    }

    @Test
    void outputThatIsNotThere() {
        story.outputs.remove(0);
        isFound("output of run " + GRAY + "-1 is stored up to bytes 0");
    }

    @Test
    void committedOutputThatWent() {
        story.heads.put(new StreamKey(REST, 1, "stdout"), 11L);
        isFound("was committed up to byte 11 and now ends at 10: lost");
    }

    @Test
    void aWrongCounter() {
        story.tasks.set(0, SoundStory.task(1, 1, 0));
        isFound("says success_num 1 and its rows say 2");
        isFound("says failed_num 1 and its rows say 0");
    }

    @Test
    void aStuckRecord() {
        story.records.set(1, SoundStory.record(REST, "desk-2", 2, "RUNNING", 2, "null"));
        story.openWork = 1;
        isFound("record " + REST + " on desk-2 is stuck in RUNNING");
        isFound("1 rows are left in record_work");
    }

    @Test
    void anEndingThatChanged() {
        story.endings.put(new EndKey(GRAY, 1, "t0"), "FAILED AGENT_LOST -1");
        isFound("was seen to have ended as FAILED AGENT_LOST -1 at t0");
    }

    @Test
    void aListThatLacksRepeatsOrCountsWrongly() {
        story.listedRecords.set(0, Map.entry(GRAY, "SUCCESS EXITED 1"));
        story.listedCount = 3;
        isFound("the list of records lacks " + REST);
        isFound("the list of records has " + GRAY + " twice");
        isFound("the list of records says it has 3 and there are 2");
    }

    @Test
    void anAnswerOfTheApiThatIsNotWhatIsStored() {
        story.raw.set(0, new Raw(GRAY, 1, "stdout", false));
        isFound("the API answers stdout of run " + GRAY + "-1 not as it is stored");
    }

    @Test
    void aViewerWhoMissedSomething() {
        story.watched.set(0, new Watched(TASK, true, GRAY, 1, "stdout", List.of(new Range(0, 5)), -1));
        isFound("a viewer saw stdout of run " + GRAY + "-1 to its end as");
    }

    @Test
    void theRestBeforeTheGrayBatchHadEnded() {
        Act endOfGray = story.acts.remove(1);
        story.acts.add(endOfGray);
        isFound("started before gray record " + GRAY + " had ended");
    }

    @Test
    void aGateThatLetTheRestGoAndShouldNot() {
        story.records.set(0, SoundStory.record(GRAY, "desk-1", 1, "FAILED", 1, "EXITED"));
        isFound("the gate of task " + TASK + " opened with 1 failures, limit 1");
    }

    @Test
    void comparesEachPieceWithWhatTheScriptPrints() {
        byte[] text = "one two three".getBytes(StandardCharsets.US_ASCII);
        var good = new Pieces(text);
        good.add(0, "one ".getBytes(StandardCharsets.US_ASCII));
        good.add(4, "two".getBytes(StandardCharsets.US_ASCII));
        good.add(8, "three".getBytes(StandardCharsets.US_ASCII));
        assertThat(good.wrongAt()).isEqualTo(-1);
        assertThat(good.ranges()).containsExactly(new Range(0, 7), new Range(8, 13));
        var wrong = new Pieces(text);
        wrong.add(4, "twO".getBytes(StandardCharsets.US_ASCII));
        assertThat(wrong.wrongAt()).isEqualTo(6);
        var tooLong = new Pieces(text);
        tooLong.add(8, "three!".getBytes(StandardCharsets.US_ASCII));
        assertThat(tooLong.wrongAt()).isEqualTo(13);
    }
}
