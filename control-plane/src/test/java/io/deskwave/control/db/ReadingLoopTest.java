package io.deskwave.control.db;

import static io.deskwave.control.desktop.DesktopFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
final class ReadingLoopTest {
    @Test
    void readsWhileTheCallersLoopIsBusyAndAnswersThere(Vertx vertx) throws Exception {
        Set<String> readingThreads = ConcurrentHashMap.newKeySet();
        var read = new CountDownLatch(1);
        Promise<Boolean> answered = Promise.promise();
        vertx.runOnContext(now -> {
            Thread mine = Thread.currentThread();
            ReadingLoop.open(vertx, TestDatabase.freshOptions())
                    .compose(reading -> {
                        Future<Integer> one = reading.read(() -> reading.database()
                                .client()
                                .query("SELECT 1")
                                .execute()
                                .map(rows -> {
                                    readingThreads.add(Thread.currentThread().getName());
                                    read.countDown();
                                    return rows.iterator().next().getInteger(0);
                                }));
                        boolean done = heldUpUntil(read); // nothing that needs this loop can go on meanwhile
                        return one.map(number -> done && number == 1 && Thread.currentThread() == mine)
                                .compose(all -> reading.close().map(all));
                    })
                    .onComplete(answered);
        });
        assertThat(await(answered.future())).isTrue();
        assertThat(readingThreads).hasSize(1);
    }

    @Test
    void whatFailsThereFailsHere(Vertx vertx) throws Exception {
        ReadingLoop reading = await(ReadingLoop.open(vertx, TestDatabase.freshOptions()));
        Future<Object> failed = reading.read(() -> {
            throw new IllegalStateException("of the reader");
        });
        assertThat(await(failed.otherwise(Throwable::getMessage))).isEqualTo("of the reader");
        await(reading.close());
    }

    private static boolean heldUpUntil(CountDownLatch latch) {
        try {
            return latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
