import { ActorFailure } from './failure.js'

/** The address of a request, seen from the one that led there. @throws ERR_HTTP_REFUSED */
export function urlOf(text: string, base?: URL): URL {
  if (!URL.canParse(text, base?.href)) throw new ActorFailure('ERR_HTTP_REFUSED', 'the URL cannot be read')
  const url = new URL(text, base)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new ActorFailure('ERR_HTTP_REFUSED', `${url.protocol} is none of http: and https:`)
  if (url.username !== '' || url.password !== '')
    throw new ActorFailure(
      'ERR_HTTP_REFUSED',
      'user and password do not belong into a URL: send an Authorization header',
    )
  return url
}
