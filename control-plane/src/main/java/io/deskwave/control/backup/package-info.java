@NullMarked
@CheckReturnValue
package io.deskwave.control.backup;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
