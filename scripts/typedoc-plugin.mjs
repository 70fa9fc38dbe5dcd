/**
 * A plugin of typedoc for docs/api.md: constructors are not part of the API, and the name of an error is that of its class.
 * @module
 */
import { Converter, ReflectionKind } from 'typedoc';

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const { Class, Constructor, Property } = ReflectionKind;
    for (const each of project.getReflectionsByKind(Constructor | Property)) {
      const isName = each.name === 'name' && each.parent?.kindOf(Class);
      if (each.kindOf(Constructor) || isName) project.removeReflection(each);
    }
  });
}
