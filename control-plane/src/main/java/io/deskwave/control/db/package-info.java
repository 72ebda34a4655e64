@NullMarked
@CheckReturnValue
package io.deskwave.control.db;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
