@NullMarked
@CheckReturnValue
package io.deskwave.agent;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
