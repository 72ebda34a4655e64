@NullMarked
@CheckReturnValue
package io.deskwave.control;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
