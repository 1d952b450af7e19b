package org.lifeos.backup.worker.files;

import java.time.Instant;

/**
 * A file that is not in the mirror as it is at home.
 *
 * @param name relative to the folder
 * @param how what is different, in words that follow a colon
 * @param since when the file was last written
 */
record MirrorDifference(String name, String how, Instant since) {}
