package io.deskwave.control.db;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.ClosedConnectionException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** The calls are ended by hand. */
class GroupedCallsTest {
    private final List<List<String>> called = new ArrayList<>();
    private final Deque<Promise<List<String>>> underWay = new ArrayDeque<>();
    private final GroupedCalls<String, String> calls = new GroupedCalls<>(3, text -> text.charAt(0), this::call);

    private Future<List<String>> call(List<String> group) {
        called.add(group);
        Promise<List<String>> promise = Promise.promise();
        underWay.add(promise);
        return promise.future();
    }

    private void answer() {
        List<String> group = called.get(called.size() - underWay.size());
        underWay.remove()
                .complete(group.stream()
                        .map(text -> text.toUpperCase(Locale.ROOT))
                        .toList());
    }

    @Test
    void whoComesWhileACallIsUnderWayWaitsForTheNext() {
        Future<String> a = calls.ask("a");
        Future<String> b = calls.ask("b");
        Future<String> c = calls.ask("c");
        assertThat(called).containsExactly(List.of("a"));

        answer();
        assertThat(a.result()).isEqualTo("A");
        assertThat(b.isComplete()).isFalse();
        assertThat(called).containsExactly(List.of("a"), List.of("b", "c"));

        answer();
        assertThat(b.result()).isEqualTo("B");
        assertThat(c.result()).isEqualTo("C");
        assertThat(called).hasSize(2);
    }

    @Test
    void aGroupIsBoundedAndNobodyIsForgotten() {
        var all = new ArrayList<Future<String>>();
        for (char c = 'a'; c <= 'k'; c++) {
            all.add(calls.ask(String.valueOf(c)));
        }
        while (!underWay.isEmpty()) {
            answer();
        }

        assertThat(called).extracting(List::size).containsExactly(1, 3, 3, 3, 1);
        assertThat(all).allMatch(Future::succeeded);
    }

    @Test
    void ofOneKeyOnlyOneIsInAGroupAndTheOrderStays() {
        var all = new ArrayList<Future<String>>();
        for (String text : List.of("x", "a1", "a2", "b1", "a3", "c1", "b2")) {
            all.add(calls.ask(text));
        }
        while (!underWay.isEmpty()) {
            answer();
        }

        assertThat(called).containsExactly(List.of("x"), List.of("a1", "b1", "c1"), List.of("a2", "b2"), List.of("a3"));
        assertThat(all).allMatch(Future::succeeded);
    }

    @Test
    void theMembersOfAGroupThatFailedAreAskedForOneByOne() {
        calls.ask("z").onComplete(done -> {});
        Future<String> a = calls.ask("a");
        Future<String> b = calls.ask("b");
        answer();
        Future<String> c = calls.ask("c");

        underWay.remove().fail("one of them is bad");
        assertThat(called).endsWith(List.of("a", "b"), List.of("a"));
        answer();
        assertThat(a.result()).isEqualTo("A");
        underWay.remove().fail("this one");

        assertThat(b.cause()).hasMessage("this one");
        assertThat(called).as("who came meanwhile").endsWith(List.of("c"));
        answer();
        assertThat(c.succeeded()).isTrue();
    }

    @Test
    void withTheDatabaseAwayAllFailAtOnceAndTheNextAreTried() {
        calls.ask("z").onComplete(done -> {});
        Future<String> a = calls.ask("a");
        Future<String> b = calls.ask("b");
        answer();
        Future<String> c = calls.ask("c");

        underWay.remove().fail(ClosedConnectionException.INSTANCE);

        assertThat(a.failed() && b.failed()).isTrue();
        assertThat(called).hasSize(3).endsWith(List.of("c"));
        answer();
        assertThat(c.succeeded()).isTrue();
    }

    @Test
    void aCallThatThrowsOrAnswersTooFewFailsWhoAsked() {
        var broken = new GroupedCalls<String, String>(3, text -> text, group -> {
            throw new IllegalStateException("broken");
        });
        assertThat(broken.ask("a").cause()).hasMessage("broken");
        assertThat(broken.ask("b").cause()).hasMessage("broken");

        var mute = new GroupedCalls<String, String>(3, text -> text, group -> Future.succeededFuture(List.of()));
        assertThat(mute.ask("a").cause()).hasMessage("0 answers to 1 questions");
    }
}
