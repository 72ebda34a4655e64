package io.deskwave.control.db;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Answers many askers with one call: while a call is under way, who comes waits for the next one. So a quiet node answers at
 * once, and a busy one pays for a round trip once a group. A group holds one question of a key; others with that key wait, in
 * the order they came. When the call for a group fails, its members are asked for one by one, so that a bad one hurts only
 * itself; when the database is away they all fail. Used on one event loop.
 */
public final class GroupedCalls<Q, A> {
    private final int most;
    private final Function<Q, ?> key;
    private final Function<List<Q>, Future<List<A>>> call;
    private final Deque<Asker<Q, A>> waiting = new ArrayDeque<>();
    private boolean calling;

    private record Asker<Q, A>(Q question, Promise<A> answer) {}

    /**
     * @param most questions in one call
     * @param call answers in the order of the questions
     */
    public GroupedCalls(int most, Function<Q, ?> key, Function<List<Q>, Future<List<A>>> call) {
        this.most = most;
        this.key = key;
        this.call = call;
    }

    public Future<A> ask(Q question) {
        Promise<A> answer = Promise.promise();
        waiting.add(new Asker<>(question, answer));
        next();
        return answer.future();
    }

    private void next() {
        if (calling || waiting.isEmpty()) {
            return;
        }
        calling = true;
        List<Asker<Q, A>> group = nextGroup();
        callFor(group).onComplete(called -> {
            if (called.succeeded()) {
                calling = false;
                next(); // the database works while the answers are told
                for (int i = 0; i < group.size(); i++) {
                    group.get(i).answer().complete(called.result().get(i));
                }
            } else if (group.size() > 1 && !Database.isUnavailable(called.cause())) {
                oneByOne(new ArrayDeque<>(group));
            } else {
                calling = false;
                next();
                group.forEach(asker -> asker.answer().fail(called.cause()));
            }
        });
    }

    private List<Asker<Q, A>> nextGroup() {
        var group = new ArrayList<Asker<Q, A>>();
        var later = new ArrayDeque<Asker<Q, A>>();
        Set<Object> keys = new HashSet<>();
        while (!waiting.isEmpty() && group.size() < most) {
            Asker<Q, A> asker = waiting.remove();
            if (keys.add(key.apply(asker.question()))) {
                group.add(asker);
            } else {
                later.add(asker);
            }
        }
        while (!later.isEmpty()) {
            waiting.addFirst(later.removeLast());
        }
        return group;
    }

    private void oneByOne(Deque<Asker<Q, A>> rest) {
        Asker<Q, A> asker = rest.poll();
        if (asker == null) {
            calling = false;
            next();
            return;
        }
        callFor(List.of(asker)).onComplete(called -> {
            if (called.succeeded()) {
                asker.answer().complete(called.result().get(0));
            } else {
                asker.answer().fail(called.cause());
            }
            oneByOne(rest);
        });
    }

    private Future<List<A>> callFor(List<Asker<Q, A>> group) {
        try {
            return call.apply(group.stream().map(Asker::question).toList()).map(answers -> {
                if (answers.size() != group.size()) {
                    throw new IllegalStateException(answers.size() + " answers to " + group.size() + " questions");
                }
                return answers;
            });
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }
}
