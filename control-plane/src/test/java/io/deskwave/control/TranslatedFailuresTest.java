package io.deskwave.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.http.ApiException;
import io.vertx.pgclient.PgException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TranslatedFailuresTest {
    @ParameterizedTest
    @ValueSource(strings = {"40P01", "40001", "57P01"})
    void whatWorksALittleLaterIsUnavailable(String state) {
        assertThat(ServingLoop.translate(failure(state)))
                .hasValueSatisfying(answer -> assertThat(answer).isInstanceOf(ApiException.Unavailable.class));
    }

    @Test
    void aFullDiskOfTheDatabaseIsNamed() {
        assertThat(ServingLoop.translate(failure("53100"))).hasValueSatisfying(answer -> assertThat(answer)
                .isInstanceOf(ApiException.Unavailable.class)
                .hasMessageContaining("the disk of the database is full"));
    }

    @Test
    void aWrongStatementIsAFault() {
        assertThat(ServingLoop.translate(failure("42601"))).isEmpty();
    }

    private static PgException failure(String state) {
        return new PgException("refused", "ERROR", state, "");
    }
}
