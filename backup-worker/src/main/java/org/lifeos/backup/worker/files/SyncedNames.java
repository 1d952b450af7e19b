package org.lifeos.backup.worker.files;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** What names mean to Synology Drive and to this service. */
final class SyncedNames {
    private static final int LONGEST = 255;
    private static final Pattern NEVER_SYNCED =
            Pattern.compile("[._~].*|.*[. ]|.*[\\\\:*?\"<>|].*", Pattern.DOTALL);
    private static final Pattern SYNOLOGYS =
            Pattern.compile(
                    "@eaDir|#recycle|\\.SynologyWorkingDirectory|.*_Conflict.*", Pattern.DOTALL);
    private static final Pattern OURS =
            Pattern.compile(
                    "\\..*\\.partial|\\.files-restore\\..*|" + Pattern.quote(MirrorNonce.FILE),
                    Pattern.DOTALL);

    /** As rsync writes it (rsync(1), filter rules). */
    static final List<String> EXCLUDED_FROM_COPIES =
            List.of(
                    "--exclude=@eaDir",
                    "--exclude=#recycle",
                    "--exclude=.SynologyWorkingDirectory",
                    "--exclude=*_Conflict*",
                    "--exclude=.*.partial",
                    "--exclude=" + UnfinishedFiles.PATTERN,
                    "--exclude=/" + MirrorNonce.FILE);

    private SyncedNames() {}

    /** Kept by Synology or this service for itself: no file of anybody's. */
    static boolean isInternal(Path name) {
        String text = name.toString();
        return SYNOLOGYS.matcher(text).matches() || OURS.matcher(text).matches();
    }

    /** Synology leaves it where it is, so it is on this machine alone. */
    static boolean isNeverSynced(Path name) {
        String text = name.toString();
        return text.length() > LONGEST || NEVER_SYNCED.matcher(text).matches();
    }
}
