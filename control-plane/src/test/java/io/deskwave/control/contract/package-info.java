/**
 * The API as its OpenAPI document promises it, from the outside: what answers must look like, and requests made from it, good
 * and bad. Needs no test library, so that {@code scripts/fuzz} can use it as well; the tests stand beside it.
 */
@NullMarked
@CheckReturnValue
package io.deskwave.control.contract;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
