/**
 * The version of this package, read when the program is bundled.
 */
import manifest from '../../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
