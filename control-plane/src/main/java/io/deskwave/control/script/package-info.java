@NullMarked
@CheckReturnValue
package io.deskwave.control.script;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
